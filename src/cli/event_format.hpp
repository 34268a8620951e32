// How `tail` prints an event.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "base/time.hpp"
#include "rtctl/result.hpp"
#include "rtctl/sse.hpp"

namespace rtctl::cli {

enum class EventFormat { pretty, data, jsonl, sse };

struct EventStyle {
  EventFormat format = EventFormat::jsonl;
  std::optional<std::string> select;  ///< a JSON pointer: print that value of the data instead
  bool raw = false;                   ///< with `select`: no newline after each value
  bool timestamps = false;
  bool color = false;
};

/// Appends the event as the style says. False, and nothing appended, when there is nothing to
/// print: the data is no JSON, or holds no such value.
bool append_event(const sse::Event& event, WallTime received_at, const EventStyle& style,
                  std::string& out);

/// Whether `text` is a JSON pointer (RFC 6901); the error says what one looks like.
Result<void> check_pointer(const std::string& text);

}  // namespace rtctl::cli
