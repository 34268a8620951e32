#include "server/event_frames.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "rtctl/sse.hpp"

namespace rtctl::server {
namespace {

void append_quoted(std::string_view text, std::string& out) {
  using nlohmann::json;
  out += json(text).dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

void append_frame(const EventView& event, std::string& out) {
  char id[24];
  const char* end = fmt::format_to(id, "{}", event.id);
  sse::format({.data = event.data,
               .type = event.type,
               .id = std::string_view(id, static_cast<std::size_t>(end - id))},
              out);
}

void append_batch_frame(std::span<const EventView> events, std::string& out) {
  out += fmt::format("id: {}\nevent: batch\ndata: [", events.back().id);
  for (const EventView& event : events) {
    if (&event != &events.front()) out += ',';
    out += fmt::format("{{\"id\":{},\"event\":", event.id);
    append_quoted(event.type.empty() ? "message" : event.type, out);
    out += ",\"topic\":";
    append_quoted(event.topic, out);
    out += ",\"data\":";
    if (event.kind == DataKind::json)
      out += event.data;
    else
      append_quoted(event.data, out);
    out += '}';
  }
  out += "]\n\n";
}

void append_gap_frame(std::string_view missed, std::uint64_t oldest, std::string& out) {
  out += fmt::format("event: gap\ndata: {{\"missed\":{},\"oldest\":{}}}\n\n", missed, oldest);
}

std::vector<EventView> newest_per_topic(std::span<const EventView> events) {
  std::set<std::string_view> seen;
  std::vector<EventView> newest;
  for (auto event = events.rbegin(); event != events.rend(); ++event) {
    if (seen.insert(event->topic).second) newest.push_back(*event);
  }
  std::ranges::reverse(newest);
  return newest;
}

}  // namespace rtctl::server
