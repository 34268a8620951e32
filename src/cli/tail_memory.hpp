// The file of `tail --resume`: the last event id and the last event, as JSON.
#pragma once

#include <optional>
#include <string>

#include "rtctl/result.hpp"
#include "rtctl/sse.hpp"

namespace rtctl::cli {

/// The id that the file at `path` ended with; "" when there is no such file yet. Errors:
/// unreadable, not a file of `tail`.
Result<std::string> load_tail_memory(const std::string& path);

struct LastEvent {
  std::string type, data, id;
};

/// Replaces the file in one step. `last_event_id` may have moved on past `event`, and there may be
/// no event yet.
Result<void> save_tail_memory(const std::string& path, std::string_view last_event_id,
                              const std::optional<LastEvent>& event);

}  // namespace rtctl::cli
