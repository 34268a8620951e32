#include "server/replay.hpp"

#include <algorithm>
#include <charconv>

#include "server/event_frames.hpp"

namespace rtctl::server {
namespace {

constexpr std::size_t kChunkBytes = 64 << 10;  // about what a socket takes at once
constexpr std::uint64_t kChunkEvents = 4096;   // looked at in one go, wanted or not

/// Events [next, ...) of one chunk: the views live until the next append, long enough.
std::vector<EventView> collect(const EventLog& log, const ViewKey& key, std::uint64_t& next) {
  std::vector<EventView> events;
  std::size_t bytes = 0;
  const std::uint64_t end = std::min(log.head() + 1, next + kChunkEvents);
  for (; next < end && bytes < kChunkBytes; ++next) {
    const EventView event = log.read(next);
    if (!key.wants(event.topic)) continue;
    bytes +=
        event.data.size() + event.topic.size() + event.type.size() + 32;  // "id: ", "data: "...
    events.push_back(event);
  }
  return events;
}

void append_events(const ViewKey& key, std::vector<EventView> events, ReplayChunk& chunk) {
  if (key.mode == ViewMode::latest) events = newest_per_topic(events);
  if (events.empty()) return;
  if (key.mode == ViewMode::batch) {
    append_batch_frame(events, chunk.bytes);
    chunk.frames = 1;
    return;
  }
  for (const EventView& event : events)
    append_frame(event, chunk.bytes);
  chunk.frames = events.size();
}

ReplayChunk read_from(const EventLog& log, const ViewKey& key, std::uint64_t next,
                      std::string gap) {
  ReplayChunk chunk{.bytes = std::move(gap)};
  append_events(key, collect(log, key, next), chunk);
  chunk.next = next;
  chunk.is_last = next > log.head();
  return chunk;
}

std::optional<ResumePoint> parse_id(std::string_view text) {
  const bool negative = text.starts_with('-');
  const std::string_view digits = text.substr(negative ? 1 : 0);
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (digits.empty() || !std::ranges::all_of(digits, is_digit)) return std::nullopt;
  ResumePoint point;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), point.id);
  point.never_issued = parsed.ec != std::errc{} || (negative && point.id != 0);
  return point;
}

}  // namespace

std::optional<ResumePoint> parse_resume_point(const Request& request) {
  for (const auto& text :
       {request.fields.find("Last-Event-ID"), request.parameter("lastEventId")}) {
    if (!text) continue;
    if (const auto point = parse_id(*text)) return point;
  }
  return std::nullopt;
}

ReplayChunk begin_replay(const EventLog& log, const ViewKey& key, ResumePoint point) {
  const std::uint64_t oldest = log.oldest();
  std::string gap;
  if (point.never_issued || point.id > log.head()) {
    append_gap_frame("null", oldest, gap);
    return read_from(log, key, oldest, std::move(gap));
  }
  if (point.id == 0) return read_from(log, key, oldest, {});
  return continue_replay(log, key, point.id + 1);
}

ReplayChunk continue_replay(const EventLog& log, const ViewKey& key, std::uint64_t next) {
  const std::uint64_t oldest = log.oldest();
  std::string gap;
  if (next < oldest) append_gap_frame(std::to_string(oldest - next), oldest, gap);
  return read_from(log, key, std::max(next, oldest), std::move(gap));
}

}  // namespace rtctl::server
