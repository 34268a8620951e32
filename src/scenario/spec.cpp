#include "scenario/spec.hpp"

#include <algorithm>

namespace rtctl::scenario {
namespace {

using enum Type;
using Kind = Group::Kind;
constexpr auto kPositive = Key::Limit::positive;

const std::vector<Kind> kStreams{Kind::sse};
const std::vector<Kind> kPollers{Kind::poll, Kind::chat, Kind::feed};
const std::vector<Kind> kThinkers{Kind::sse, Kind::request, Kind::flow};

}  // namespace

const Key* Object::find(std::string_view key) const {
  const auto at = std::find_if(keys.begin(), keys.end(),
                               [&](const Key& candidate) { return candidate.name == key; });
  return at == keys.end() ? nullptr : &*at;
}

std::vector<std::string> Object::key_names() const {
  std::vector<std::string> names;
  for (const Key& key : keys)
    names.emplace_back(key.name);
  return names;
}

const std::vector<std::string_view>& kind_names() {
  static const std::vector<std::string_view> kNames{"sse",  "poll",    "chat",
                                                    "feed", "request", "flow"};
  return kNames;
}

const std::vector<std::string_view>& json_type_names() {
  static const std::vector<std::string_view> kNames{"any",   "number", "string", "boolean",
                                                    "array", "object", "null"};
  return kNames;
}

const std::vector<std::string_view>& step_methods() {
  static const std::vector<std::string_view> kNames{"get",    "post", "put",    "patch",
                                                    "delete", "head", "options"};
  return kNames;
}

const Object& scenario_object() {
  static const Object kObject{
      "scenario",
      "a scenario",
      "What to load, with whom, for how long, and what must hold.",
      {
          {"name", text, "What the report is headed with"},
          {"target", url, "Base URL that paths are below", {.required = true}},
          {"duration", duration, "How long is measured (30s)", {.limit = kPositive}},
          {"warmup", duration, "Run before that, not recorded (0s)"},
          {"grace", duration, "How long what is under way at the end may take (5s)"},
          {"seed", count, "Start of all chance; the same seed gives the same schedule"},
          {"defaults",
           object,
           "What every group has unless it says otherwise",
           {.object = defaults_object}},
          {"data", files, "Feeders: a CSV file with a header line, or JSON lines"},
          {"groups", objects, "Who does what", {.required = true, .object = group_object}},
          {"network", object, "All users go through a path like this", {.object = network_object}},
          {"thresholds",
           thresholds,
           "What must hold for the run to pass",
           {.object = threshold_object}},
      }};
  return kObject;
}

const Object& defaults_object() {
  static const Object kObject{
      "defaults",
      "defaults",
      "What every group has unless it says otherwise.",
      {
          {"headers", headers, "Request headers"},
          {"timeouts", object, "When to give up", {.object = timeouts_object}},
          {"backoff", object, "How streams wait before they reconnect", {.object = backoff_object}},
          {"http", choice, "HTTP version", {.choices = {"auto", "1.1", "2"}}},
          {"insecure", boolean, "Do not verify certificates"},
      }};
  return kObject;
}

const Object& timeouts_object() {
  static const Object kObject{
      "timeouts",
      "timeouts",
      "When to give up.",
      {
          {"connect", duration, "Name, connection and TLS together (5s)", {.limit = kPositive}},
          {"request",
           duration,
           "A whole request; of a stream, up to its header (10s)",
           {.limit = kPositive}},
          {"idle", duration, "No byte on a stream; 0 means never (45s)"},
      }};
  return kObject;
}

const Object& backoff_object() {
  static const Object kObject{
      "backoff",
      "backoff",
      "How streams wait before they reconnect.",
      {
          {"initial",
           duration,
           "The first wait, unless the server says one (500ms)",
           {.limit = kPositive}},
          {"max", duration, "The longest wait (30s)", {.limit = kPositive}},
          {"multiplier", number, "Growth per failure in a row, at least 1 (2)"},
          {"jitter", choice, "How waits are spread", {.choices = {"full", "equal", "none"}}},
      }};
  return kObject;
}

const Object& group_object() {
  static const Object kObject{
      "group",
      "a group",
      "Users who all do the same.",
      {
          {"name", name, "Unique; thresholds refer to it", {.required = true}},
          {"kind", choice, "What its users do", {.required = true, .choices = kind_names()}},
          {"path", path, "Where: below the target, or a whole URL"},
          {"request",
           object,
           "In place of `path`: method, headers and body as well",
           {.object = request_object}},
          {"headers", headers, "Request headers, over those of `defaults`"},
          {"users", count, "Closed model: that many at once", {.limit = kPositive}},
          {"ramp_up", duration, "They start evenly over this time (0s)"},
          {"rate",
           rate,
           "Open model: arrivals, whatever the answers do",
           {.limit = kPositive, .kinds = {Kind::request}}},
          {"stages",
           objects,
           "In place of `rate`: rates one after the other",
           {.object = stage_object, .kinds = {Kind::request}}},
          {"arrivals",
           choice,
           "How arrivals are spaced",
           {.choices = {"constant", "poisson"}, .kinds = {Kind::request}}},
          {"max_in_flight",
           count,
           "Arrivals beyond so many at once are dropped and counted",
           {.limit = kPositive, .kinds = {Kind::request}}},
          {"think", duration_range, "Pause between rounds", {.kinds = kThinkers}},
          {"interval",
           duration,
           "Planned distance of polls (5s; chat 1s)",
           {.limit = kPositive, .kinds = kPollers}},
          {"jitter", share, "Of the interval, either way (0%)", {.kinds = kPollers}},
          {"wait", duration, "Long polling, where the server can", {.kinds = {Kind::chat}}},
          {"ack",
           boolean,
           "Acknowledge messages, so that a lost answer loses none (true)",
           {.kinds = {Kind::chat}}},
          {"say", object, "What its users say", {.object = say_object, .kinds = {Kind::chat}}},
          {"log", object, "What its users log", {.object = log_object, .kinds = {Kind::feed}}},
          {"expect", object, "What a good answer is", {.object = expect_object}},
          {"until",
           text,
           "A stream ends well when an event's data equals this",
           {.kinds = kStreams}},
          {"until_events",
           count,
           "A stream ends well after so many events",
           {.limit = kPositive, .kinds = kStreams}},
          {"sent_at", pointer, "Where an event's data says when it was sent", {.kinds = kStreams}},
          {"sequence", sequence, "What numbers the events", {.kinds = kStreams}},
          {"drop_every",
           duration_range,
           "A user cuts its own connection every so often",
           {.limit = kPositive, .kinds = kStreams}},
          {"read_rate", size_rate, "A slow consumer", {.limit = kPositive, .kinds = kStreams}},
          {"half_open", share, "So many of the users vanish without a word", {.kinds = kStreams}},
          {"disconnect",
           object,
           "Users cut their connections all at one instant",
           {.object = disconnect_object, .kinds = kStreams}},
          {"timeouts", object, "Over those of `defaults`", {.object = timeouts_object}},
          {"backoff", object, "Over that of `defaults`", {.object = backoff_object}},
          {"steps",
           objects,
           "What a user of a flow does, in order",
           {.object = step_object, .kinds = {Kind::flow}}},
      }};
  return kObject;
}

const Object& request_object() {
  static const Object kObject{
      "request",
      "a request",
      "One HTTP request.",
      {
          {"method", text, "GET unless given"},
          {"path", path, "Below the target, or a whole URL", {.required = true}},
          {"headers", headers, "Over those of the group"},
          {"json", json, "Body, as YAML; or \"@file.json\""},
          {"body", text_template, "Body, as text; or \"@file\""},
      }};
  return kObject;
}

const Object& expect_object() {
  static const Object kObject{
      "expect",
      "expect",
      "What a good answer is; anything else counts as the error `expectation`.",
      {
          {"status", statuses, "Status codes; without it, all below 400"},
          {"json", json_checks, "JSON pointer: a type (number, string, ...) or a value in quotes"},
          {"headers", texts, "Name: text that the value contains"},
          {"body", text, "Text that the body contains"},
      }};
  return kObject;
}

const Object& say_object() {
  static const Object kObject{
      "say",
      "say",
      "Messages that a chat user sends.",
      {
          {"every", duration_range, "How often", {.limit = kPositive, .required = true}},
          {"text", text_template, "What", {.required = true}},
      }};
  return kObject;
}

const Object& log_object() {
  static const Object kObject{
      "log",
      "log",
      "Activities that a feed user logs.",
      {
          {"every", duration_range, "How often", {.limit = kPositive, .required = true}},
          {"type", text_template, "Type of the activity", {.required = true}},
          {"actor", text_template, "Who did it", {.required = true}},
          {"data", json, "Anything, sent as JSON"},
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

const Object& disconnect_object() {
  static const Object kObject{
      "disconnect",
      "disconnect",
      "A reconnect storm.",
      {
          {"all", boolean, "Every user"},
          {"share", share, "Or so many of them"},
          {"at", duration, "When, from the start of the run", {.required = true}},
      }};
  return kObject;
}

const Object& stage_object() {
  static const Object kObject{
      "stage",
      "a stage",
      "A rate for some time.",
      {
          {"for", duration, "How long", {.limit = kPositive, .required = true}},
          {"rate", rate_range, "One rate, or from..to", {.required = true}},
      }};
  return kObject;
}

const std::vector<std::string_view>& network_presets() {
  static const std::vector<std::string_view> kNames{"broadband", "4g",       "3g",   "edge",
                                                    "satellite", "bad-wifi", "train"};
  return kNames;
}

const Object& network_object() {
  static const Object kObject{
      "network",
      "network",
      "What is wrong with the path between users and target.",
      {
          {"preset",
           choice,
           "A ready-made path; other keys win over it",
           {.choices = network_presets()}},
          {"latency", duration, "Added to each direction"},
          {"jitter", duration, "Latency varies by up to this, either way"},
          {"bandwidth", size_rate, "Of one connection, each direction", {.limit = kPositive}},
          {"slow_open", duration, "Before a connection is passed on"},
          {"stall_every", duration, "Every so often nothing moves", {.limit = kPositive}},
          {"stall", duration, "For so long", {.limit = kPositive}},
          {"cut_every", duration, "Connections break every so often", {.limit = kPositive}},
          {"cut_after", size, "Connections break after so many bytes", {.limit = kPositive}},
          {"reset", boolean, "Break with a reset, not an orderly end"},
          {"segment", size, "Bytes passed on at once, at most", {.limit = kPositive}},
          {"refuse", share_or_switch, "So many connections are reset at once"},
      }};
  return kObject;
}

const Object& threshold_object() {
  static const Object kObject{
      "threshold",
      "a threshold",
      "A condition with what follows from it.",
      {
          {"check", text, "The condition: \"group:delivery.p99 < 100ms\"", {.required = true}},
          {"abort", boolean, "End the run as soon as it does not hold"},
          {"after", duration, "But not before this time"},
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

}  // namespace rtctl::scenario
