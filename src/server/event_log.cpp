#include "server/event_log.hpp"

#include <algorithm>
#include <array>

#include "base/check.hpp"
#include "server/log_segment.hpp"

namespace rtctl::server {
namespace {

class EventLogImpl final : public EventLog {
 public:
  EventLogImpl(LogSegment a, LogSegment b, std::uint64_t history)
      : segments_{std::move(a), std::move(b)}, history_(std::max<std::uint64_t>(history, 1)) {
    newer_ = segments_[1].next_id() > segments_[0].next_id() ? 1 : 0;
    next_id_ = std::max<std::uint64_t>(1, newer().next_id());
  }

  /// Keeps only what is consecutive up to the newest id. Events lost behind the last good record
  /// (a power failure) make all older ones useless: a client that resumed there would miss the lost
  /// ones without being told.
  Result<void> settle() {
    if (newer().empty() || newer().end_id() != next_id_) {
      if (const auto cleared = newer().clear(next_id_); !cleared) return cleared;
      if (older().empty() || older().end_id() != next_id_) return older().clear(0);
      return {};
    }
    if (!older().empty() && older().end_id() != newer().first_id()) return older().clear(0);
    return {};
  }

  std::uint64_t oldest() const override {
    for (const LogSegment* segment : {&segments_[1 - newer_], &segments_[newer_]}) {
      if (!segment->empty()) return segment->first_id();
    }
    return next_id_;
  }

  std::uint64_t head() const override { return next_id_ - 1; }

  Result<std::uint64_t> append(const Publication& publication) override {
    const EventView event{next_id_,         publication.topic, publication.type,
                          publication.data, publication.kind,  publication.request_key};
    // Asked before the older half is given up, or one such event would cost all the history.
    if (!newer().could_fit(event))
      return usage_error("the event is larger than half of --history-size");
    if (newer().size() >= history_ || !newer().fits(event)) {
      if (const auto cleared = older().clear(next_id_); !cleared)
        return tl::unexpected(cleared.error());
      newer_ = 1 - newer_;
    }
    if (const auto appended = newer().append(event); !appended)
      return tl::unexpected(appended.error());
    return next_id_++;
  }

  EventView read(std::uint64_t id) const override {
    const LogSegment& newest = segments_[newer_];
    if (!newest.empty() && id >= newest.first_id()) return newest.read(id);
    return segments_[1 - newer_].read(id);
  }

 private:
  LogSegment& newer() { return segments_[newer_]; }
  LogSegment& older() { return segments_[1 - newer_]; }

  std::array<LogSegment, 2> segments_;
  std::uint64_t history_;
  std::size_t newer_ = 0;
  std::uint64_t next_id_ = 1;
};

}  // namespace

Result<std::unique_ptr<EventLog>> open_event_log(const EventLogOptions& options) {
  const auto path = [&](const char* name) {
    return options.directory.empty() ? std::string() : options.directory + "/" + name;
  };
  auto first = LogSegment::open(path("events.0"), options.bytes_max / 2);
  if (!first) return tl::unexpected(first.error());
  auto second = LogSegment::open(path("events.1"), options.bytes_max / 2);
  if (!second) return tl::unexpected(second.error());
  auto log = std::make_unique<EventLogImpl>(std::move(*first), std::move(*second), options.history);
  if (const auto settled = log->settle(); !settled) return tl::unexpected(settled.error());
  return log;
}

}  // namespace rtctl::server
