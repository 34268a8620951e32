// What the server remembers: activities, chat, status, answers given. The seam between the
// endpoints and SQLite, PostgreSQL or plain memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "rtctl/result.hpp"

namespace rtctl::server {

struct Activity {
  std::int64_t id = 0;
  std::string type;
  std::string user_id;  ///< JSON: a text or an integer, as it was logged
  std::string data;     ///< JSON
  WallTime created_at;
};

/// One message of a room's log.
struct ChatMessage {
  std::int64_t id = 0;
  std::string room;
  std::string sender;   ///< the sender's client id, "" when it has none; never shown to others
  std::string from;     ///< what others see of the sender
  std::string content;  ///< JSON text
  WallTime created_at;
};

/// A reader of one room's log. Its inbox is what others wrote there after `cursor`.
struct ChatClient {
  std::string room;
  std::string id;
  std::int64_t cursor = 0;
  std::int64_t dropped = 0;  ///< messages it lost and has not been told of
  WallTime seen_at;
};

/// The first answer to a request with an Idempotency-Key.
struct GivenAnswer {
  std::string fingerprint;  ///< of the request, to tell a repeat from another use of the key
  int status = 200;
  std::string content_type;
  std::string body;
  WallTime given_at;
};

/// One server's own figures, as it last noted them.
struct ServerSample {
  std::string server;
  WallTime started_at;
  WallTime sampled_at;
  std::int64_t open_streams = 0;
  std::int64_t memory_bytes = 0;  ///< resident set
};

/// The tables inside one transaction. Ids are positive, grow in the order of commits and are never
/// given out twice. Where the storage fails, a member ends the transaction with an exception that
/// only `Store` catches: let it pass.
class Tables {
 public:
  virtual ~Tables() = default;

  virtual std::optional<std::string> setting(std::string_view name) = 0;
  virtual void add_setting(std::string_view name, std::string_view value) = 0;

  /// Times grow strictly with ids: `created_at` is moved past the newest activity if need be.
  /// `id` is given here.
  virtual void add_activity(const Activity& activity) = 0;
  virtual std::vector<Activity> newest_activities(std::size_t limit) = 0;  ///< newest first
  virtual std::vector<Activity> activities_after(std::int64_t id,
                                                 std::size_t limit) = 0;  ///< oldest first

  /// The newest message of all rooms; before the first a number below it. It is never trimmed away.
  virtual std::int64_t last_message_id() = 0;
  virtual void add_message(const ChatMessage& message) = 0;
  virtual std::vector<ChatMessage> messages_after(std::string_view room,
                                                  std::int64_t id) = 0;  ///< oldest first

  /// Keeps the newest messages of a room if it has more than `limit`, half of `limit` then. Clients
  /// that had not read what goes have it added to `dropped`.
  virtual void trim_room(std::string_view room, std::size_t limit) = 0;

  /// Forgets messages that every client of their room has read.
  virtual void forget_read_messages() = 0;

  virtual std::optional<ChatClient> find_client(std::string_view room, std::string_view id) = 0;
  virtual void put_client(const ChatClient& client) = 0;  ///< adds or replaces
  virtual bool has_client_besides(std::string_view room, std::string_view id) = 0;
  virtual std::size_t count_clients() = 0;
  virtual std::size_t count_ids_seen_since(WallTime time) = 0;  ///< an id in two rooms counts once
  virtual void forget_clients_unseen_since(WallTime time) = 0;
  virtual void forget_oldest_clients(std::size_t count) = 0;  ///< those unseen longest

  virtual std::optional<GivenAnswer> find_answer(std::string_view key) = 0;
  virtual void put_answer(std::string_view key, const GivenAnswer& answer) = 0;
  /// Also forgets the oldest of more than `limit`.
  virtual void forget_answers_before(WallTime time, std::size_t limit) = 0;

  virtual void put_sample(const ServerSample& sample) = 0;  ///< one per server
  virtual std::vector<ServerSample> samples() = 0;
  virtual void forget_samples_before(WallTime time) = 0;
};

/// Blocks, so it is used from the threads of a StorePool only; safe from as many threads as
/// `StoreOptions::connections`. Lasts over restarts and kill -9, unless it is the memory.
class Store {
 public:
  using Work = std::function<void(Tables&)>;

  virtual ~Store() = default;

  /// One transaction that only reads.
  virtual Result<void> read(const Work& work) = 0;

  /// One transaction; on disk when this returns. Writers exclude each other, over all servers of a
  /// store, so what `work` reads holds until it is committed. After an error nothing has happened,
  /// except that a connection lost during the commit leaves it unknown. The next call connects
  /// again by itself.
  virtual Result<void> write(const Work& work) = 0;

  /// Other servers write to it too.
  virtual bool is_shared() const = 0;
};

struct StoreOptions {
  std::string url;         ///< "sqlite:PATH", "postgresql://..." or "memory"
  int connections = 8;     ///< for PostgreSQL one more is held for the lock
  bool is_shared = false;  ///< let other servers use it too (PostgreSQL, servers on one bus)
};

/// Opens the store and brings its schema up to date. A store that another server holds is a usage
/// error that names the holder, as is an unknown URL or a database of a newer rtctl.
Result<std::unique_ptr<Store>> make_store(const StoreOptions& options);

/// The ways to make one; `make_store` chooses.
std::unique_ptr<Store> make_memory_store();
Result<std::unique_ptr<Store>> make_sqlite_store(const std::string& path, int connections);
Result<std::unique_ptr<Store>> make_postgresql_store(const StoreOptions& options);

}  // namespace rtctl::server
