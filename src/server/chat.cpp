#include "server/chat.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/random.hpp"
#include "server/digest.hpp"

namespace rtctl::server {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;

constexpr int kPostsPerTrim = 64;  // counting a room's log costs as much as it is long
constexpr std::size_t kRoomsCountedMax = 10'000;              // then the counts start anew
constexpr Duration kSeenPrecision = std::chrono::seconds(2);  // every poll would write otherwise
constexpr std::string_view kNameKeySetting = "chat_name_key";
constexpr std::size_t kPublicNameDigits = 8;

WallTime earlier(WallTime now, Duration by) {
  return now - duration_cast<microseconds>(by);
}

// Drops from the front what an inbox cannot hold.
void bound(std::vector<ChatMessage>& messages, ChatClient& client, std::size_t inbox_max) {
  if (messages.size() <= inbox_max) return;
  const auto lost = messages.size() - inbox_max;
  client.cursor = messages[lost - 1].id;
  client.dropped += static_cast<std::int64_t>(lost);
  messages.erase(messages.begin(), messages.begin() + static_cast<long>(lost));
}

}  // namespace

bool ChatBook::is_due(const ChatClient& client, WallTime now) const {
  const Duration precision = std::min(kSeenPrecision, limits_.client_ttl / 8);
  return client.seen_at <= earlier(now, precision);
}

void ChatBook::note_new_client(Tables& tables) {
  clients_known_ = clients_known_ ? *clients_known_ + 1 : tables.count_clients();
  if (*clients_known_ <= limits_.clients_max) return;
  tables.forget_oldest_clients(*clients_known_ - limits_.clients_max);
  clients_known_ = limits_.clients_max;
}

ChatInbox ChatBook::fetch(Tables& tables, const ChatFetch& fetch) {
  const auto known = tables.find_client(fetch.room, fetch.client_id);
  const bool is_new = !known || known->seen_at < earlier(fetch.now, limits_.client_ttl);
  const std::int64_t newest = tables.last_message_id();
  const ChatClient before =
      is_new ? ChatClient{fetch.room, fetch.client_id, newest, 0, fetch.now} : *known;
  ChatClient after = before;
  // An id that was never issued acknowledges nothing: it is of a store that is no more, and its
  // owner would not see a message before this store's ids had passed it.
  if (fetch.ack && *fetch.ack <= newest) after.cursor = std::max(before.cursor, *fetch.ack);

  ChatInbox inbox;
  inbox.messages = tables.messages_after(fetch.room, after.cursor);
  const std::int64_t end = inbox.messages.empty() ? after.cursor : inbox.messages.back().id;
  std::erase_if(inbox.messages, [&](const auto& m) { return m.sender == fetch.client_id; });
  bound(inbox.messages, after, limits_.inbox_max);
  inbox.dropped = std::exchange(after.dropped, 0);
  if (!fetch.ack || inbox.messages.empty()) after.cursor = end;
  if (fetch.only_look) return inbox;

  const bool is_changed = after.cursor != before.cursor || inbox.dropped > 0;
  if (is_new || is_changed || is_due(before, fetch.now)) {
    after.seen_at = fetch.now;
    tables.put_client(after);
  }
  if (is_new && !known) note_new_client(tables);
  if (is_changed) {
    inbox.before = before;
    inbox.after = after;
  }
  return inbox;
}

void ChatBook::put_back(Tables& tables, const ChatInbox& inbox) {
  if (!inbox.before) return;
  const auto now = tables.find_client(inbox.before->room, inbox.before->id);
  if (!now || now->cursor != inbox.after->cursor) return;
  ChatClient client = *now;
  client.cursor = inbox.before->cursor;
  client.dropped += inbox.before->dropped;
  tables.put_client(client);
}

void ChatBook::post(Tables& tables, ChatMessage message) {
  if (!message.sender.empty()) {
    auto sender = tables.find_client(message.room, message.sender);
    if (sender && is_due(*sender, message.created_at)) {
      sender->seen_at = message.created_at;
      tables.put_client(*sender);
    }
  }
  if (!tables.has_client_besides(message.room, message.sender)) return;  // nobody to read it
  if (message.from.empty()) message.from = public_name(tables, message.sender);
  tables.add_message(message);
  if (posts_since_trim_.size() > kRoomsCountedMax) posts_since_trim_.clear();
  if (++posts_since_trim_[message.room] < kPostsPerTrim) return;
  tables.trim_room(message.room, limits_.log_max);
  posts_since_trim_.erase(message.room);
}

void ChatBook::clean(Tables& tables, WallTime now) {
  tables.forget_clients_unseen_since(earlier(now, limits_.client_ttl));
  tables.forget_read_messages();
  clients_known_ = tables.count_clients();
}

// The key is made once per store, so a sender keeps its name over restarts. It is not remembered
// before it is read back: the transaction that adds it may fail.
std::string ChatBook::public_name(Tables& tables, std::string_view sender) {
  if (sender.empty()) return "anonymous";
  if (name_key_.empty()) {
    const auto stored = tables.setting(kNameKeySetting);
    const std::string key = stored.value_or(secure_hex(16));
    if (stored) name_key_ = key;
    if (!stored) tables.add_setting(kNameKeySetting, key);
    return "guest-" + keyed_hash_hex(key, sender).substr(0, kPublicNameDigits);
  }
  return "guest-" + keyed_hash_hex(name_key_, sender).substr(0, kPublicNameDigits);
}

}  // namespace rtctl::server
