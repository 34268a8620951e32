// The order of all events and their history: ids are given out here and nowhere else.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "rtctl/result.hpp"
#include "server/event.hpp"

namespace rtctl::server {

struct EventLogOptions {
  std::string directory;           ///< holds the two files; exists; empty: memory
  std::uint64_t history = 10'000;  ///< at least so many newest events are held, never twice as many
  std::uint64_t bytes_max = std::uint64_t{256} << 20;  ///< of both files together
};

/// Two segments: when the newer one holds `history` events (or half the bytes) the older one is
/// emptied and becomes the newer. The ids held are consecutive, always. Belongs to the main loop.
class EventLog {
 public:
  virtual ~EventLog() = default;

  /// The id of the oldest event held; head() + 1 when none is.
  virtual std::uint64_t oldest() const = 0;

  /// The id given out last; 0 before the first.
  virtual std::uint64_t head() const = 0;

  /// Gives the next id and keeps the event. On a full disk nothing happened and no id is used up;
  /// an event that can never fit is a usage error.
  virtual Result<std::uint64_t> append(const Publication& publication) = 0;

  /// oldest() <= id <= head(). The views live until the next append.
  virtual EventView read(std::uint64_t id) const = 0;
};

/// Finds what an earlier run left. Ids go on where that run stopped, whatever was lost of its
/// events.
Result<std::unique_ptr<EventLog>> open_event_log(const EventLogOptions& options);

}  // namespace rtctl::server
