// What the steps of a flow may hold.
#include "scenario/spec.hpp"

namespace rtctl::scenario {
namespace {

using enum Type;
constexpr auto kPositive = Key::Limit::positive;

}  // namespace

const std::vector<std::string_view>& step_methods() {
  static const std::vector<std::string_view> kNames{"get",    "post", "put",    "patch",
                                                    "delete", "head", "options"};
  return kNames;
}

const std::vector<Action>& actions() {
  static const std::vector<Action> kActions = [] {
    std::vector<Action> all;
    for (const std::string_view method : step_methods())
      all.push_back(
          {method, Step::Kind::request, {"headers", "json", "body", "expect", "capture"}});
    all.push_back({"sse",
                   Step::Kind::sse,
                   {"headers", "until", "until_events", "for", "sent_at", "sequence"}});
    all.push_back(
        {"poll", Step::Kind::poll, {"headers", "expect", "capture", "interval", "times", "for"}});
    all.push_back({"say", Step::Kind::say, {"path", "headers"}});
    all.push_back({"log", Step::Kind::log, {"path", "headers"}});
    all.push_back({"think", Step::Kind::think, {}});
    all.push_back({"repeat", Step::Kind::repeat, {}});
    return all;
  }();
  return kActions;
}

const Object& step_object() {
  static const Object kObject{
      "step",
      "a step",
      "One thing that a user of a flow does.",
      {
          {"get", path, "Request with that method"},
          {"post", path, "Request with that method"},
          {"put", path, "Request with that method"},
          {"patch", path, "Request with that method"},
          {"delete", path, "Request with that method"},
          {"head", path, "Request with that method"},
          {"options", path, "Request with that method"},
          {"sse", path, "Follow a stream"},
          {"poll", path, "Poll"},
          {"say", text_template, "Send a chat message (to `path`, or /api/messages)"},
          {"log",
           object,
           "Log an activity (to `path`, or /api/activity)",
           {.object = step_log_object}},
          {"think", duration_range, "Pause"},
          {"repeat", object, "Steps, several times", {.object = repeat_object}},
          {"path", path, "Where `say` and `log` go"},
          {"headers", headers, "Request headers"},
          {"json", json, "Body, as YAML; or \"@file.json\""},
          {"body", text_template, "Body, as text; or \"@file\""},
          {"expect", object, "What a good answer is", {.object = expect_object}},
          {"capture", captures, "Name: JSON pointer into the body, or \"header:NAME\""},
          {"until", text, "The stream ends when an event's data equals this"},
          {"until_events", count, "The stream ends after so many events", {.limit = kPositive}},
          {"for", duration, "The stream or the polling ends after this time", {.limit = kPositive}},
          {"sent_at", pointer, "Where an event's data says when it was sent"},
          {"sequence", sequence, "What numbers the events"},
          {"interval", duration, "Distance of polls (1s)", {.limit = kPositive}},
          {"times", count, "How many polls", {.limit = kPositive}},
      }};
  return kObject;
}

const Object& repeat_object() {
  static const Object kObject{
      "repeat",
      "repeat",
      "Steps, several times.",
      {
          {"times", count, "How often", {.limit = kPositive}},
          {"for", duration, "Or for how long", {.limit = kPositive}},
          {"steps", objects, "What", {.required = true, .object = step_object}},
      }};
  return kObject;
}

const Object& step_log_object() {
  static const Object kObject{
      "step_log",
      "log",
      "An activity that a step logs.",
      {
          {"type", text_template, "Type of the activity", {.required = true}},
          {"actor", text_template, "Who did it", {.required = true}},
          {"data", json, "Anything, sent as JSON"},
      }};
  return kObject;
}

}  // namespace rtctl::scenario
