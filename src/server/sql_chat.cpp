// The chat in SQL: one log per room, one cursor per client.
#include <utility>

#include "server/prepared_tables.hpp"

namespace rtctl::server {

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

}  // namespace rtctl::server
