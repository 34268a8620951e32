#include "scenario/spec.hpp"

#include <algorithm>

namespace rtctl::scenario {
namespace {

using enum Type;
constexpr auto kPositive = Key::Limit::positive;

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
          {"multiplier", factor, "Growth per failure in a row, at least 1 (2)"},
          {"jitter", choice, "How waits are spread", {.choices = {"full", "equal", "none"}}},
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
          {"check", condition, "The condition: \"group:delivery.p99 < 100ms\"", {.required = true}},
          {"abort", boolean, "End the run as soon as it does not hold"},
          {"after", duration, "But not before this time"},
      }};
  return kObject;
}

}  // namespace rtctl::scenario
