#include "server/published_keys.hpp"

namespace rtctl::server {
namespace {

// The store remembers the others; here only what it may not have heard of yet must be.
constexpr std::size_t kKeysMax = 10'000;

}  // namespace

void PublishedKeys::add(const RequestKey& key, std::uint64_t id, WallTime now) {
  events_.insert_or_assign(key.key, Entry{key.fingerprint, id});
  keys_by_age_.emplace_back(now, key.key);
  forget_old(now);
}

std::optional<PublishedKeys::Found> PublishedKeys::find(const RequestKey& key, WallTime now) {
  forget_old(now);
  const auto found = events_.find(key.key);
  if (found == events_.end()) return std::nullopt;
  return Found{found->second.id, found->second.fingerprint == key.fingerprint};
}

void PublishedKeys::forget_old(WallTime now) {
  const auto is_old = [&] {
    return keys_by_age_.size() > kKeysMax || keys_by_age_.front().first < now - kAnswersKeptFor;
  };
  while (!keys_by_age_.empty() && is_old()) {
    events_.erase(keys_by_age_.front().second);
    keys_by_age_.pop_front();
  }
}

std::string to_text(const std::optional<RequestKey>& key) {
  return key ? key->key + key->fingerprint : std::string();
}

std::optional<RequestKey> request_key_of(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const std::size_t half = text.size() / 2;  // both are digests
  return RequestKey{std::string(text.substr(0, half)), std::string(text.substr(half))};
}

}  // namespace rtctl::server
