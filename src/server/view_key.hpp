// Which form of the event stream a subscriber asked for. Subscribers with equal keys share a view.
#pragma once

#include <chrono>
#include <compare>
#include <string>
#include <string_view>
#include <vector>

#include "rtctl/result.hpp"
#include "server/event.hpp"
#include "server/http.hpp"

namespace rtctl::server {

enum class ViewMode {
  plain,   ///< each event as a frame of its own
  delta,   ///< a snapshot, then JSON patches (RFC 6902)
  batch,   ///< the events of a window as one array
  latest,  ///< of each topic the newest event of a window
};

struct ViewKey {
  ViewMode mode = ViewMode::plain;
  std::chrono::milliseconds window{0};  ///< batch and latest only
  std::vector<std::string> topics;      ///< sorted, without repeats; empty: all
  bool gzip = false;

  /// Whether an event of that topic belongs into the view.
  bool wants(std::string_view topic) const;

  // clang-tidy 14 takes the generated comparison with 0 for a pointer.
  // NOLINTNEXTLINE(modernize-use-nullptr)
  auto operator<=>(const ViewKey&) const = default;
};

/// Reads mode, batch, latest and topic. What cannot be understood is a usage error, fit for a 400.
Result<ViewKey> parse_view_key(const Request& request);

}  // namespace rtctl::server
