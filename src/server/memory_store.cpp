// The store that forgets: everything in containers, for --ephemeral and for tests.
#include <algorithm>
#include <chrono>
#include <deque>
#include <iterator>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "server/store.hpp"

namespace rtctl::server {
namespace {

constexpr std::size_t kActivitiesMax =
    100'000;  // the oldest go: memory has an end, a disk is large

/// Where the ids of messages begin: later than in any earlier life of the server. A client that
/// outlived one goes on with its `ack`, which would swallow new messages of lower ids.
/// Milliseconds, because JavaScript counts exactly to 2^53 only.
std::int64_t ids_so_far() {
  const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since_1970).count();
}

class MemoryTables final : public Tables {
 public:
  std::optional<std::string> setting(std::string_view name) override;
  void add_setting(std::string_view name, std::string_view value) override;
  void add_activity(const Activity& activity) override;
  std::vector<Activity> newest_activities(std::size_t limit) override;
  std::vector<Activity> activities_after(std::int64_t id, std::size_t limit) override;
  std::int64_t last_message_id() override { return last_message_id_; }
  void add_message(const ChatMessage& message) override;
  std::vector<ChatMessage> messages_after(std::string_view room, std::int64_t id) override;
  void trim_room(std::string_view room, std::size_t limit) override;
  void forget_read_messages() override;
  std::optional<ChatClient> find_client(std::string_view room, std::string_view id) override;
  void put_client(const ChatClient& client) override;
  bool has_client_besides(std::string_view room, std::string_view id) override;
  std::size_t count_clients() override { return by_seen_.size(); }
  std::size_t count_ids_seen_since(WallTime time) override;
  void forget_clients_unseen_since(WallTime time) override;
  void forget_oldest_clients(std::size_t count) override;
  std::optional<GivenAnswer> find_answer(std::string_view key) override;
  void put_answer(std::string_view key, const GivenAnswer& answer) override;
  void forget_answers_before(WallTime time, std::size_t limit) override;
  void put_sample(const ServerSample& sample) override { samples_[sample.server] = sample; }
  std::vector<ServerSample> samples() override;
  void forget_samples_before(WallTime time) override;

 private:
  struct Room {
    std::deque<ChatMessage> log;
    std::map<std::string, ChatClient, std::less<>> clients;
  };
  using Seen = std::pair<WallTime, std::pair<std::string, std::string>>;  // when; room and id

  static Seen seen(const ChatClient& client) { return {client.seen_at, {client.room, client.id}}; }
  static auto after(std::deque<ChatMessage>& log, std::int64_t id) {
    return std::ranges::upper_bound(log, id, {}, &ChatMessage::id);
  }
  void forget_client(const Seen& entry);
  void forget_oldest_answer();

  std::map<std::string, std::string, std::less<>> settings_;
  std::deque<Activity> activities_;
  std::int64_t last_activity_id_ = 0;
  std::int64_t last_message_id_ = ids_so_far();
  std::map<std::string, Room, std::less<>> rooms_;
  std::set<Seen> by_seen_;
  std::map<std::string, GivenAnswer, std::less<>> answers_;
  std::deque<std::pair<WallTime, std::string>> answers_by_age_;
  std::map<std::string, ServerSample> samples_;
};

std::optional<std::string> MemoryTables::setting(std::string_view name) {
  const auto found = settings_.find(name);
  if (found == settings_.end()) return std::nullopt;
  return found->second;
}

void MemoryTables::add_setting(std::string_view name, std::string_view value) {
  settings_.emplace(name, value);
}

void MemoryTables::add_activity(const Activity& activity) {
  Activity& added = activities_.emplace_back(activity);
  added.id = ++last_activity_id_;
  if (activities_.size() < 2) return;
  const WallTime newest = activities_[activities_.size() - 2].created_at;
  added.created_at = std::max(added.created_at, newest + std::chrono::microseconds(1));
  if (activities_.size() > kActivitiesMax) activities_.pop_front();
}

std::vector<Activity> MemoryTables::newest_activities(std::size_t limit) {
  const auto count = static_cast<long>(std::min(limit, activities_.size()));
  return {activities_.rbegin(), activities_.rbegin() + count};
}

std::vector<Activity> MemoryTables::activities_after(std::int64_t id, std::size_t limit) {
  const auto begin = std::ranges::upper_bound(activities_, id, {}, &Activity::id);
  const auto left = static_cast<std::size_t>(std::distance(begin, activities_.end()));
  return {begin, begin + static_cast<long>(std::min(limit, left))};
}

void MemoryTables::add_message(const ChatMessage& message) {
  rooms_[message.room].log.push_back(message);
  rooms_[message.room].log.back().id = ++last_message_id_;
}

std::vector<ChatMessage> MemoryTables::messages_after(std::string_view room, std::int64_t id) {
  const auto found = rooms_.find(room);
  if (found == rooms_.end()) return {};
  auto& log = found->second.log;
  return {after(log, id), log.end()};
}

void MemoryTables::trim_room(std::string_view room, std::size_t limit) {
  const auto found = rooms_.find(room);
  if (found == rooms_.end() || found->second.log.size() <= limit) return;
  auto& log = found->second.log;
  const auto cut = log.end() - static_cast<long>(limit / 2);
  const std::int64_t last_gone = std::prev(cut)->id;
  for (auto& [name, client] : found->second.clients) {
    if (client.cursor >= last_gone) continue;
    const auto unread = after(log, client.cursor);
    const auto is_others = [&own = client.id](const auto& m) { return m.sender != own; };
    client.dropped += std::count_if(unread, cut, is_others);
    client.cursor = last_gone;
  }
  log.erase(log.begin(), cut);
}

void MemoryTables::forget_read_messages() {
  std::erase_if(rooms_, [](const auto& entry) { return entry.second.clients.empty(); });
  for (auto& [name, room] : rooms_) {
    const auto cursor = [](const auto& named) { return named.second.cursor; };
    const auto slowest = std::ranges::min_element(room.clients, {}, cursor);
    room.log.erase(room.log.begin(), after(room.log, slowest->second.cursor));
  }
}

std::optional<ChatClient> MemoryTables::find_client(std::string_view room, std::string_view id) {
  const auto found = rooms_.find(room);
  if (found == rooms_.end()) return std::nullopt;
  const auto client = found->second.clients.find(id);
  if (client == found->second.clients.end()) return std::nullopt;
  return client->second;
}

void MemoryTables::put_client(const ChatClient& client) {
  auto [entry, is_new] = rooms_[client.room].clients.try_emplace(client.id, client);
  if (!is_new) {
    by_seen_.erase(seen(entry->second));
    entry->second = client;
  }
  by_seen_.insert(seen(client));
}

bool MemoryTables::has_client_besides(std::string_view room, std::string_view id) {
  const auto found = rooms_.find(room);
  if (found == rooms_.end()) return false;
  const auto& clients = found->second.clients;
  return clients.size() > (clients.contains(id) ? 1U : 0U);
}

std::size_t MemoryTables::count_ids_seen_since(WallTime time) {
  std::set<std::string_view> ids;
  for (auto entry = by_seen_.lower_bound({time, {}}); entry != by_seen_.end(); ++entry) {
    ids.insert(entry->second.second);
  }
  return ids.size();
}

void MemoryTables::forget_client(const Seen& entry) {
  rooms_[entry.second.first].clients.erase(entry.second.second);
  by_seen_.erase(Seen(entry));
}

void MemoryTables::forget_clients_unseen_since(WallTime time) {
  while (!by_seen_.empty() && by_seen_.begin()->first < time)
    forget_client(*by_seen_.begin());
}

void MemoryTables::forget_oldest_clients(std::size_t count) {
  for (; count > 0 && !by_seen_.empty(); --count)
    forget_client(*by_seen_.begin());
}

std::optional<GivenAnswer> MemoryTables::find_answer(std::string_view key) {
  const auto found = answers_.find(key);
  if (found == answers_.end()) return std::nullopt;
  return found->second;
}

void MemoryTables::put_answer(std::string_view key, const GivenAnswer& answer) {
  answers_.insert_or_assign(std::string(key), answer);
  answers_by_age_.emplace_back(answer.given_at, key);
}

void MemoryTables::forget_oldest_answer() {
  const auto& [time, key] = answers_by_age_.front();
  const auto found = answers_.find(key);
  if (found != answers_.end() && found->second.given_at == time) answers_.erase(found);
  answers_by_age_.pop_front();
}

void MemoryTables::forget_answers_before(WallTime time, std::size_t limit) {
  while (!answers_by_age_.empty() && answers_by_age_.front().first < time)
    forget_oldest_answer();
  while (answers_by_age_.size() > limit)
    forget_oldest_answer();
}

std::vector<ServerSample> MemoryTables::samples() {
  std::vector<ServerSample> all;
  for (const auto& [server, sample] : samples_)
    all.push_back(sample);
  return all;
}

void MemoryTables::forget_samples_before(WallTime time) {
  std::erase_if(samples_, [&](const auto& entry) { return entry.second.sampled_at < time; });
}

class MemoryStore final : public Store {
 public:
  Result<void> read(const Work& work) override { return run(work); }
  Result<void> write(const Work& work) override { return run(work); }
  bool is_shared() const override { return false; }

 private:
  Result<void> run(const Work& work) {
    const std::lock_guard lock(mutex_);
    work(tables_);
    return {};
  }

  std::mutex mutex_;  // Stands for the isolation of transactions that a database gives.
  MemoryTables tables_;
};

}  // namespace

std::unique_ptr<Store> make_memory_store() {
  return std::make_unique<MemoryStore>();
}

}  // namespace rtctl::server
