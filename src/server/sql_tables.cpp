#include "server/sql_tables.hpp"

#include <algorithm>
#include <utility>

#include "server/sql_query.hpp"

namespace rtctl::server {
namespace {

using Integer = long long;
using Text = std::string;

Integer to_sql(WallTime time) {
  return time.time_since_epoch().count();
}

WallTime to_time(Integer microseconds) {
  return WallTime(std::chrono::microseconds(microseconds));
}

/// Prepares at the first use: most connections need few of the statements.
template <typename Parameters, typename Row = Columns<>>
class Lazy {
 public:
  Lazy(soci::session& session, const char* sql) : session_(session), sql_(sql) {}

  Query<Parameters, Row>* operator->() {
    if (!query_) query_ = std::make_unique<Query<Parameters, Row>>(session_, sql_);
    return query_.get();
  }

 private:
  soci::session& session_;
  const char* sql_;
  std::unique_ptr<Query<Parameters, Row>> query_;
};

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

std::optional<std::string> PreparedTables::setting(std::string_view name) {
  std::optional<std::string> value;
  setting_->each([&](const Text& text) { value = text; }, Text(name));
  return value;
}

void PreparedTables::add_setting(std::string_view name, std::string_view value) {
  add_setting_->run(Text(name), Text(value));
}

void PreparedTables::add_activity(const Activity& activity) {
  if (!newest_activity_at_) {
    newest_activity_at_ = 0;
    newest_time_->each([&](Integer newest) { newest_activity_at_ = newest; });
  }
  const Integer at = std::max(to_sql(activity.created_at), *newest_activity_at_ + 1);
  newest_activity_at_ = at;
  add_activity_->run(activity.type, activity.user_id, activity.data, at);
}

std::vector<Activity> PreparedTables::newest_activities(std::size_t limit) {
  std::vector<Activity> found;
  newest_activities_->each(
      [&](Integer id, const Text& type, const Text& user, const Text& data, Integer at) {
        found.push_back({id, type, user, data, to_time(at)});
      },
      static_cast<Integer>(limit));
  return found;
}

std::vector<Activity> PreparedTables::activities_after(std::int64_t id, std::size_t limit) {
  std::vector<Activity> found;
  activities_after_->each(
      [&](Integer row_id, const Text& type, const Text& user, const Text& data, Integer at) {
        found.push_back({row_id, type, user, data, to_time(at)});
      },
      static_cast<Integer>(id), static_cast<Integer>(limit));
  return found;
}

std::int64_t PreparedTables::last_message_id() {
  Integer last = 0;
  last_message_id_->each([&](Integer id) { last = id; });
  return last;
}

void PreparedTables::add_message(const ChatMessage& message) {
  add_message_->run(message.room, message.sender, message.from, message.content,
                    to_sql(message.created_at));
}

std::vector<ChatMessage> PreparedTables::messages_after(std::string_view room, std::int64_t id) {
  std::vector<ChatMessage> found;
  messages_after_->each(
      [&](Integer row_id, const Text& sender, const Text& name, const Text& content, Integer at) {
        found.push_back({row_id, std::string(room), sender, name, content, to_time(at)});
      },
      Text(room), static_cast<Integer>(id));
  return found;
}

void PreparedTables::trim_room(std::string_view room, std::size_t limit) {
  Integer count = 0;
  Query<Columns<Text>, Columns<Integer>>(session_,
                                         "SELECT count(*) FROM chat_messages WHERE room = :room")
      .each([&](Integer rows) { count = rows; }, Text(room));
  if (count <= static_cast<Integer>(limit)) return;
  Integer last_gone = 0;
  Query<Columns<Text, Integer>, Columns<Integer>>(
      session_,
      "SELECT id FROM chat_messages WHERE room = :room ORDER BY id DESC LIMIT 1 OFFSET :kept")
      .each([&](Integer id) { last_gone = id; }, Text(room), static_cast<Integer>(limit / 2));
  Query<Columns<Integer, Integer, Text, Integer>>(
      session_,
      "UPDATE chat_clients SET cursor_id = :cut, dropped = dropped + (SELECT count(*)"
      " FROM chat_messages m WHERE m.room = chat_clients.room AND m.id > chat_clients.cursor_id"
      " AND m.id <= :cut2 AND m.sender <> chat_clients.id) WHERE room = :room AND cursor_id < "
      ":cut3")
      .run(last_gone, last_gone, Text(room), last_gone);
  Query<Columns<Text, Integer>>(session_,
                                "DELETE FROM chat_messages WHERE room = :room AND id <= :cut")
      .run(Text(room), last_gone);
}

// The newest message stays even when it is read, because ids go on from it.
void PreparedTables::forget_read_messages() {
  session_ << "DELETE FROM chat_messages WHERE id IN (SELECT m.id FROM chat_messages m JOIN"
              " (SELECT room, min(cursor_id) AS slowest FROM chat_clients GROUP BY room) c"
              " ON c.room = m.room WHERE m.id <= c.slowest"
              " AND m.id < (SELECT max(id) FROM chat_messages))";
  session_ << "DELETE FROM chat_messages WHERE id < (SELECT max(id) FROM chat_messages)"
              " AND NOT EXISTS (SELECT 1 FROM chat_clients c WHERE c.room = chat_messages.room)";
}

std::optional<ChatClient> PreparedTables::find_client(std::string_view room, std::string_view id) {
  std::optional<ChatClient> client;
  find_client_->each(
      [&](Integer cursor, Integer dropped, Integer seen_at) {
        client = ChatClient{std::string(room), std::string(id), cursor, dropped, to_time(seen_at)};
      },
      Text(room), Text(id));
  return client;
}

void PreparedTables::put_client(const ChatClient& client) {
  put_client_->run(client.room, client.id, Integer{client.cursor}, Integer{client.dropped},
                   to_sql(client.seen_at));
}

bool PreparedTables::has_client_besides(std::string_view room, std::string_view id) {
  bool has = false;
  has_client_besides_->each([&](Integer) { has = true; }, Text(room), Text(id));
  return has;
}

std::size_t PreparedTables::count_clients() {
  Integer count = 0;
  session_ << "SELECT count(*) FROM chat_clients", soci::into(count);
  return static_cast<std::size_t>(count);
}

std::size_t PreparedTables::count_ids_seen_since(WallTime time) {
  Integer count = 0;
  count_seen_->each([&](Integer seen) { count = seen; }, to_sql(time));
  return static_cast<std::size_t>(count);
}

void PreparedTables::forget_clients_unseen_since(WallTime time) {
  Query<Columns<Integer>>(session_, "DELETE FROM chat_clients WHERE seen_at < :time")
      .run(to_sql(time));
}

void PreparedTables::forget_oldest_clients(std::size_t count) {
  Query<Columns<Integer>>(session_,
                          "DELETE FROM chat_clients WHERE (room, id) IN (SELECT room, id FROM"
                          " chat_clients ORDER BY seen_at LIMIT :count)")
      .run(static_cast<Integer>(count));
}

std::optional<GivenAnswer> PreparedTables::find_answer(std::string_view key) {
  std::optional<GivenAnswer> answer;
  find_answer_->each(
      [&](const Text& fingerprint, Integer status, const Text& type, const Text& body, Integer at) {
        answer = GivenAnswer{fingerprint, static_cast<int>(status), type, body, to_time(at)};
      },
      Text(key));
  return answer;
}

void PreparedTables::put_answer(std::string_view key, const GivenAnswer& answer) {
  put_answer_->run(Text(key), answer.fingerprint, Integer{answer.status}, answer.content_type,
                   answer.body, to_sql(answer.given_at));
}

// SQLite wants a LIMIT before an OFFSET, PostgreSQL takes no negative one.
void PreparedTables::forget_answers_before(WallTime time, std::size_t limit) {
  Query<Columns<Integer>>(session_, "DELETE FROM given_answers WHERE given_at < :time")
      .run(to_sql(time));
  Query<Columns<Integer>>(session_,
                          "DELETE FROM given_answers WHERE request_key IN (SELECT request_key FROM"
                          " given_answers ORDER BY given_at DESC LIMIT 1000000000 OFFSET :kept)")
      .run(static_cast<Integer>(limit));
}

void PreparedTables::put_sample(const ServerSample& sample) {
  put_sample_->run(sample.server, to_sql(sample.started_at), to_sql(sample.sampled_at),
                   Integer{sample.open_streams}, Integer{sample.memory_bytes});
}

std::vector<ServerSample> PreparedTables::samples() {
  std::vector<ServerSample> all;
  samples_->each(
      [&](const Text& server, Integer started, Integer sampled, Integer streams, Integer memory) {
        all.push_back({server, to_time(started), to_time(sampled), streams, memory});
      });
  return all;
}

void PreparedTables::forget_samples_before(WallTime time) {
  Query<Columns<Integer>>(session_, "DELETE FROM system_status WHERE sampled_at < :time")
      .run(to_sql(time));
}

}  // namespace

std::unique_ptr<SqlTables> make_sql_tables(soci::session& session) {
  return std::make_unique<PreparedTables>(session);
}

}  // namespace rtctl::server
