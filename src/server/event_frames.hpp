// Events as bytes of an event stream, one form per view.
#pragma once

#include <span>
#include <string>

#include "server/event.hpp"

namespace rtctl::server {

/// Appends `id`, `event` and `data` lines and the blank line.
void append_frame(const EventView& event, std::string& out);

/// Appends one `event: batch` whose data is an array of {"id","event","topic","data"} and whose id
/// is that of the last event. `events` is not empty.
void append_batch_frame(std::span<const EventView> events, std::string& out);

/// Appends `event: gap`, without an id. `missed` is a number or "null".
void append_gap_frame(std::string_view missed, std::uint64_t oldest, std::string& out);

/// The events that remain when of each topic only the newest counts, in order of their ids.
std::vector<EventView> newest_per_topic(std::span<const EventView> events);

}  // namespace rtctl::server
