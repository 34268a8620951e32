// Which event a POST with an Idempotency-Key became, as far as the event log tells.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/time.hpp"
#include "server/idempotency.hpp"

namespace rtctl::server {

/// An event and its key reach the disk in one piece, the answer reaches the store a little later. A
/// server that is killed in between finds the event here when the request comes again. Belongs to
/// one loop.
class PublishedKeys {
 public:
  struct Found {
    std::uint64_t id;
    bool is_same_request;  ///< false: the key was used for something else
  };

  /// One of the newest events, or one of an earlier run, which counts as new.
  void add(const RequestKey& key, std::uint64_t id, WallTime now);

  std::optional<Found> find(const RequestKey& key, WallTime now);

 private:
  struct Entry {
    std::string fingerprint;
    std::uint64_t id;
  };
  void forget_old(WallTime now);

  std::unordered_map<std::string, Entry> events_;             // by key
  std::deque<std::pair<WallTime, std::string>> keys_by_age_;  // oldest first
};

/// As one text beside the event in its log, and back; "" stands for none.
std::string to_text(const std::optional<RequestKey>& key);
std::optional<RequestKey> request_key_of(std::string_view text);

}  // namespace rtctl::server
