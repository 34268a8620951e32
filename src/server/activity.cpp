#include "server/activity.hpp"

#include <algorithm>
#include <charconv>

#include "base/time_format.hpp"
#include "server/digest.hpp"
#include "server/json_body.hpp"

namespace rtctl::server {
namespace {

constexpr std::size_t kNameBytesMax = 1024;

Result<std::string> read_name(const nlohmann::ordered_json& value, std::string_view key) {
  if (!value.is_string()) {
    return usage_error("\"" + std::string(key) + "\" must be a text, found " + value.type_name());
  }
  auto text = value.get<std::string>();
  if (text.empty() || text.size() > kNameBytesMax) {
    return usage_error("\"" + std::string(key) + "\" must have 1 to " +
                       std::to_string(kNameBytesMax) + " bytes, found " +
                       std::to_string(text.size()));
  }
  if (has_control_character(text)) {
    return usage_error("\"" + std::string(key) + "\" has a control character in it");
  }
  return text;
}

Result<std::string> read_user_id(const nlohmann::ordered_json& value) {
  if (value.is_number_integer()) return to_json(value);
  const auto text = read_name(value, "userId");
  if (!text) return tl::unexpected(text.error());
  return to_json(*text);
}

void write(std::string& json, const Activity& activity) {
  json += R"({"id":)" + std::to_string(activity.id);
  json += R"(,"type":)" + to_json(activity.type);
  json += R"(,"user_id":)" + activity.user_id;
  json += R"(,"data":)" + activity.data;
  json += R"(,"created_at":")" + format_rfc3339(activity.created_at) + R"("})";
}

}  // namespace

Result<ActivityQuery> read_activity_query(const Request& request) {
  ActivityQuery query;
  if (const auto after = request.parameter("after")) {
    std::int64_t id = 0;
    const char* end = after->data() + after->size();
    const auto parsed = std::from_chars(after->data(), end, id);
    if (parsed.ec != std::errc{} || parsed.ptr != end || id < 0) {
      return usage_error("after=" + std::string(*after) +
                         " is not the id of an activity; 0 starts with the first");
    }
    query.after = id;
  }
  if (const auto field = request.fields.find("If-Modified-Since")) {
    query.since = parse_http_date(*field);
    if (!query.since) query.since = parse_rfc3339(*field);
  }
  return query;
}

Result<Activity> read_activity(std::string_view body) {
  const auto object = parse_object(body);
  if (!object) return tl::unexpected(object.error());
  for (const char* key : {"type", "userId"}) {
    if (!object->contains(key)) return usage_error("\"" + std::string(key) + "\" is missing");
  }
  auto type = read_name((*object)["type"], "type");
  if (!type) return tl::unexpected(type.error());
  auto user_id = read_user_id((*object)["userId"]);
  if (!user_id) return tl::unexpected(user_id.error());
  Activity activity;
  activity.type = std::move(*type);
  activity.user_id = std::move(*user_id);
  activity.data = object->contains("data") ? member_text(body, "data") : "null";
  return activity;
}

// Times grow with ids, so the newest by id are the newest by time.
ActivityPage find_activities(Tables& tables, const ActivityQuery& query) {
  ActivityPage page;
  page.items = tables.newest_activities(kActivitiesPerPage);
  if (!page.items.empty()) page.newest = page.items.front().created_at;
  if (query.after) {
    const bool holds_all = page.items.size() < kActivitiesPerPage ||
                           (!page.items.empty() && page.items.back().id <= *query.after + 1);
    if (!holds_all) {
      page.items = tables.activities_after(*query.after, kActivitiesPerPage);
      std::ranges::reverse(page.items);
    }
    std::erase_if(page.items, [&](const Activity& item) { return item.id <= *query.after; });
  } else if (query.since) {
    std::erase_if(page.items,
                  [&](const Activity& item) { return item.created_at <= *query.since; });
  }
  return page;
}

Response activity_response(const ActivityPage& page, WallTime asked_at) {
  std::string json = "[";
  for (const Activity& item : page.items) {
    if (json.size() > 1) json += ',';
    write(json, item);
  }
  json += ']';
  const WallTime modified =
      page.items.empty() ? page.newest.value_or(asked_at) : page.items.front().created_at;
  Response response = json_response(std::move(json));
  response.fields.set("Cache-Control", "no-cache");
  response.fields.set("ETag", entity_tag(response.body));
  response.fields.set("Last-Modified", format_http_date(modified));
  return response;
}

}  // namespace rtctl::server
