// The tables of SQLite and PostgreSQL: every statement, prepared once per connection. Inside the
// SQL store only; the members that concern the chat stand in sql_chat.cpp, the others in
// sql_tables.cpp.
#pragma once

#include "server/sql_query.hpp"
#include "server/sql_tables.hpp"

namespace rtctl::server {

/// As SOCI reads and binds them.
using Integer = long long;
using Text = std::string;

inline Integer to_sql(WallTime time) {
  return time.time_since_epoch().count();
}

inline WallTime to_time(Integer microseconds) {
  return WallTime(std::chrono::microseconds(microseconds));
}

/// Belongs to its session, and to whoever leases that.
class PreparedTables final : public SqlTables {
 public:
  explicit PreparedTables(soci::session& session) : session_(session) {}

  void begin() override { newest_activity_at_.reset(); }
  std::optional<std::string> setting(std::string_view name) override;
  void add_setting(std::string_view name, std::string_view value) override;
  void add_activity(const Activity& activity) override;
  std::vector<Activity> newest_activities(std::size_t limit) override;
  std::vector<Activity> activities_after(std::int64_t id, std::size_t limit) override;
  std::int64_t last_message_id() override;
  void add_message(const ChatMessage& message) override;
  std::vector<ChatMessage> messages_after(std::string_view room, std::int64_t id) override;
  void trim_room(std::string_view room, std::size_t limit) override;
  void forget_read_messages() override;
  std::optional<ChatClient> find_client(std::string_view room, std::string_view id) override;
  void put_client(const ChatClient& client) override;
  bool has_client_besides(std::string_view room, std::string_view id) override;
  std::size_t count_clients() override;
  std::size_t count_ids_seen_since(WallTime time) override;
  void forget_clients_unseen_since(WallTime time) override;
  void forget_oldest_clients(std::size_t count) override;
  std::optional<GivenAnswer> find_answer(std::string_view key) override;
  void put_answer(std::string_view key, const GivenAnswer& answer) override;
  void forget_answers_before(WallTime time, std::size_t limit) override;
  void put_sample(const ServerSample& sample) override;
  std::vector<ServerSample> samples() override;
  void forget_samples_before(WallTime time) override;

 private:
  using ActivityRow = Columns<Integer, Text, Text, Text, Integer>;
  using MessageRow = Columns<Integer, Text, Text, Text, Integer>;

  soci::session& session_;
  std::optional<Integer> newest_activity_at_;  // asked once per transaction, then kept up

  Lazy<Columns<Text>, Columns<Text>> setting_{session_,
                                              "SELECT value FROM settings WHERE name = :name"};
  Lazy<Columns<Text, Text>> add_setting_{
      session_, "INSERT INTO settings (name, value) VALUES (:name, :value)"};

  Lazy<Columns<>, Columns<Integer>> newest_time_{
      session_, "SELECT created_at FROM activities ORDER BY id DESC LIMIT 1"};
  Lazy<Columns<Text, Text, Text, Integer>> add_activity_{
      session_,
      "INSERT INTO activities (type, user_id, data, created_at) VALUES (:type, :user, :data, :at)"};
  Lazy<Columns<Integer>, ActivityRow> newest_activities_{
      session_,
      "SELECT id, type, user_id, data, created_at FROM activities ORDER BY id DESC LIMIT :limit"};
  Lazy<Columns<Integer, Integer>, ActivityRow> activities_after_{
      session_,
      "SELECT id, type, user_id, data, created_at FROM activities WHERE id > :id"
      " ORDER BY id LIMIT :limit"};

  Lazy<Columns<>, Columns<Integer>> last_message_id_{
      session_, "SELECT id FROM chat_messages ORDER BY id DESC LIMIT 1"};
  Lazy<Columns<Text, Text, Text, Text, Integer>> add_message_{
      session_,
      "INSERT INTO chat_messages (room, sender, sender_name, content, created_at)"
      " VALUES (:room, :sender, :name, :content, :at)"};
  Lazy<Columns<Text, Integer>, MessageRow> messages_after_{
      session_,
      "SELECT id, sender, sender_name, content, created_at FROM chat_messages"
      " WHERE room = :room AND id > :id ORDER BY id"};

  Lazy<Columns<Text, Text>, Columns<Integer, Integer, Integer>> find_client_{
      session_,
      "SELECT cursor_id, dropped, seen_at FROM chat_clients WHERE room = :room AND id = :id"};
  Lazy<Columns<Text, Text, Integer, Integer, Integer>> put_client_{
      session_,
      "INSERT INTO chat_clients (room, id, cursor_id, dropped, seen_at)"
      " VALUES (:room, :id, :cursor, :dropped, :seen) ON CONFLICT (room, id) DO UPDATE SET"
      " cursor_id = excluded.cursor_id, dropped = excluded.dropped, seen_at = excluded.seen_at"};
  Lazy<Columns<Text, Text>, Columns<Integer>> has_client_besides_{
      session_, "SELECT 1 FROM chat_clients WHERE room = :room AND id <> :id LIMIT 1"};
  Lazy<Columns<Integer>, Columns<Integer>> count_seen_{
      session_, "SELECT count(DISTINCT id) FROM chat_clients WHERE seen_at >= :time"};

  Lazy<Columns<Text>, Columns<Text, Integer, Text, Text, Integer>> find_answer_{
      session_,
      "SELECT fingerprint, status, content_type, body, given_at FROM given_answers"
      " WHERE request_key = :key"};
  Lazy<Columns<Text, Text, Integer, Text, Text, Integer>> put_answer_{
      session_,
      "INSERT INTO given_answers (request_key, fingerprint, status, content_type, body, given_at)"
      " VALUES (:key, :fingerprint, :status, :content_type, :body, :at)"
      " ON CONFLICT (request_key) DO UPDATE SET fingerprint = excluded.fingerprint,"
      " status = excluded.status, content_type = excluded.content_type, body = excluded.body,"
      " given_at = excluded.given_at"};

  Lazy<Columns<Text, Integer, Integer, Integer, Integer>> put_sample_{
      session_,
      "INSERT INTO system_status (server, started_at, sampled_at, open_streams, memory_bytes)"
      " VALUES (:server, :started, :sampled, :streams, :memory) ON CONFLICT (server) DO UPDATE SET"
      " started_at = excluded.started_at, sampled_at = excluded.sampled_at,"
      " open_streams = excluded.open_streams, memory_bytes = excluded.memory_bytes"};
  Lazy<Columns<>, Columns<Text, Integer, Integer, Integer, Integer>> samples_{
      session_,
      "SELECT server, started_at, sampled_at, open_streams, memory_bytes FROM system_status"};
};

}  // namespace rtctl::server
