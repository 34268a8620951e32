// Bodies of POSTs: whatever comes, it is refused or becomes JSON that reads back the same.
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/check.hpp"
#include "server/activity.hpp"
#include "server/chat.hpp"
#include "server/completion.hpp"
#include "server/json_body.hpp"

using namespace rtctl::server;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto object = parse_object(body);
  if (object) {
    RTCTL_CHECK(parse_object(to_json(*object)).has_value());
    for (const auto& [key, value] : object->items())
      RTCTL_CHECK(nlohmann::ordered_json::parse(member_text(body, key)) == value);
  }
  (void)Completion::parse(body, {.tokens = 1}, rtctl::WallTime{});
  const auto activity = read_activity(body);
  if (activity) {
    RTCTL_CHECK(object.has_value());
    RTCTL_CHECK(!has_control_character(activity->type));
    RTCTL_CHECK(nlohmann::json::accept(activity->user_id));
    RTCTL_CHECK(nlohmann::json::accept(activity->data));
    const auto page = activity_response({{*activity}, {}}, activity->created_at);
    RTCTL_CHECK(nlohmann::json::accept(page.body));
  }
  if (const auto message = read_chat_message(body)) {
    ChatInbox inbox;
    inbox.messages.push_back(*message);
    RTCTL_CHECK(nlohmann::json::accept(chat_json(inbox, "id")));
  }
  return 0;
}
