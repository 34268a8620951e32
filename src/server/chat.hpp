// The rules of the chat: who is known, what lies in an inbox, what is lost and how that is told.
// One log per room and one cursor per client; an inbox is what others wrote after the cursor.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "server/http.hpp"
#include "server/store.hpp"

namespace rtctl::server {

struct ChatLimits {
  Duration client_ttl = std::chrono::minutes(5);  ///< unseen for longer: forgotten
  std::size_t inbox_max = 1'000;                  ///< messages; the oldest are dropped
  std::size_t clients_max = 100'000;              ///< over all rooms; those unseen longest go
  /// Messages a room's log may hold. More than an inbox, because a client's own messages lie in the
  /// log too and not in its inbox.
  std::size_t log_max = 8'000;
};

struct ChatFetch {
  std::string room;
  std::string client_id;            ///< not empty
  std::optional<std::int64_t> ack;  ///< keep what is after this; without it the inbox is emptied
  bool only_look = false;           ///< change nothing (HEAD)
  WallTime now;
};

struct ChatInbox {
  std::vector<ChatMessage> messages;  ///< oldest first, of others
  std::int64_t dropped = 0;
  std::optional<ChatClient> before;  ///< as the client was, if fetching changed more than `seen_at`
  std::optional<ChatClient> after;

  bool has_news() const { return !messages.empty() || dropped > 0; }
};

/// Applies the rules inside write transactions, one after the other; belongs to whoever runs them.
class ChatBook {
 public:
  explicit ChatBook(ChatLimits limits) : limits_(limits) {}

  /// The client is known from then on; a new one starts with an empty inbox.
  ChatInbox fetch(Tables& tables, const ChatFetch& fetch);

  /// Undoes a fetch whose answer could not be given, unless the client has fetched again since.
  void put_back(Tables& tables, const ChatInbox& inbox);

  /// Puts the message into the inbox of every known client of the room but the sender; `from` is
  /// made from the sender's id unless it is set.
  void post(Tables& tables, ChatMessage message);

  /// To be called every few seconds: forgets clients and what all have read.
  void clean(Tables& tables, WallTime now);

 private:
  bool is_due(const ChatClient& client, WallTime now) const;
  void note_new_client(Tables& tables);
  std::string public_name(Tables& tables, std::string_view sender);

  const ChatLimits limits_;
  // Hints that save counting; wrong by what a failed transaction undid, which does no harm.
  std::optional<std::size_t> clients_known_;
  std::unordered_map<std::string, int> posts_since_trim_;
  std::string name_key_;
};

/// What a GET of /api/messages asks for. `client_id` is empty when the server is to give one: the
/// field is absent, empty or "null" (what JavaScript sends for an id it does not have yet).
struct ChatRequest {
  std::string room;
  std::string client_id;
  std::optional<std::int64_t> ack;
  Duration wait{};  ///< at most a minute
};

Result<ChatRequest> read_chat_request(const Request& request);

/// The body of a POST: {"content": text, "name"?: text}. Sets `content` and `from` only.
Result<ChatMessage> read_chat_message(std::string_view body);

/// {"messages":[...],"clientId":...} and, if any were dropped, "dropped".
std::string chat_json(const ChatInbox& inbox, std::string_view client_id);

}  // namespace rtctl::server
