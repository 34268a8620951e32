// The activity feed: what a request asks for, what an activity may be, how the feed is written.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/http.hpp"
#include "server/store.hpp"

namespace rtctl::server {

constexpr std::size_t kActivitiesPerPage = 50;

/// Which activities a GET asks for: the oldest after an id, or the newest, as far as newer than
/// `since`.
struct ActivityQuery {
  std::optional<std::int64_t> after;
  std::optional<WallTime> since;
};

/// `?after=` and If-Modified-Since as HTTP-date or ISO 8601. An HTTP-date has whole seconds, so
/// what came later in that second is newer. Nonsense in the field counts as absent (RFC 9110,
/// 13.1.3), in the parameter it is an error.
Result<ActivityQuery> read_activity_query(const Request& request);

/// The body of a POST: {"type": text, "userId": text or integer, "data"?: any}. The activity's time
/// is left open.
Result<Activity> read_activity(std::string_view body);

struct ActivityPage {
  std::vector<Activity> items;     ///< newest first
  std::optional<WallTime> newest;  ///< of all there are
};

ActivityPage find_activities(Tables& tables, const ActivityQuery& query);

/// 200 with the JSON array, ETag and Last-Modified. `asked_at` is a time before the page was read:
/// while the feed is empty, nothing in it is older than that.
Response activity_response(const ActivityPage& page, WallTime asked_at);

}  // namespace rtctl::server
