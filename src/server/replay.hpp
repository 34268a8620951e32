// What a returning subscriber missed, read from the log piece by piece.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "server/event_log.hpp"
#include "server/http.hpp"
#include "server/view_key.hpp"

namespace rtctl::server {

/// Where a subscriber says it was.
struct ResumePoint {
  std::uint64_t id = 0;       ///< the last event it has; 0 asks for everything held
  bool never_issued = false;  ///< an integer, but none that this server can have given out

  bool operator==(const ResumePoint&) const = default;
};

/// From `Last-Event-ID`, which wins, or `?lastEventId=`; either counts as absent when it is no
/// integer.
std::optional<ResumePoint> parse_resume_point(const Request& request);

struct ReplayChunk {
  std::string bytes;         ///< frames in the view's form, uncompressed
  std::uint64_t frames = 0;  ///< of them with an id
  std::uint64_t next = 0;    ///< the first id that is not in it
  bool is_last = false;      ///< `next` is the id that the next event will get
};

/// The first piece of what follows `point`; begins with a `gap` event when something is missing.
ReplayChunk begin_replay(const EventLog& log, const ViewKey& key, ResumePoint point);

/// The next piece, from event `next` on; also a gap, if the log has moved on meanwhile.
ReplayChunk continue_replay(const EventLog& log, const ViewKey& key, std::uint64_t next);

}  // namespace rtctl::server
