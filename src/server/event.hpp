// One published event, as the log keeps it and the loops hand it to their subscribers.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rtctl::server {

enum class DataKind : std::uint8_t {
  json,  ///< `data` is compact JSON
  text,  ///< `data` is any text, sent line by line as it is
};

/// What a publisher gives.
struct Publication {
  std::string topic;  ///< "" for ticks and events without a topic
  std::string type;   ///< the SSE event name, "" for "message"
  std::string data;
  DataKind kind = DataKind::json;
  std::string request_key;  ///< of its POST (server/published_keys.hpp), "" for none
};

/// A publication that has its place in the order of all events. The views live as long as whoever
/// hands the Event out says.
struct EventView {
  std::uint64_t id = 0;
  std::string_view topic;
  std::string_view type;
  std::string_view data;
  DataKind kind = DataKind::json;
  std::string_view request_key;
};

/// The same, owning what it holds: what travels between loops.
struct Event {
  std::uint64_t id = 0;
  Publication publication;

  EventView view() const {
    return {id,
            publication.topic,
            publication.type,
            publication.data,
            publication.kind,
            publication.request_key};
  }
};

/// Consecutive events, shared by all loops and changed by none.
using EventBatch = std::shared_ptr<const std::vector<Event>>;

}  // namespace rtctl::server
