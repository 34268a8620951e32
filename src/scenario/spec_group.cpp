// What a group may hold.
#include "scenario/spec.hpp"

namespace rtctl::scenario {
namespace {

using enum Type;
using Kind = Group::Kind;
constexpr auto kPositive = Key::Limit::positive;

const std::vector<Kind> kStreams{Kind::sse};
const std::vector<Kind> kPollers{Kind::poll, Kind::chat, Kind::feed};
const std::vector<Kind> kThinkers{Kind::sse, Kind::request, Kind::flow};
const std::vector<Kind> kAnswered{Kind::poll, Kind::chat, Kind::feed, Kind::request};

}  // namespace

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
          {"expect",
           object,
           "What a good answer is",
           {.object = expect_object, .kinds = kAnswered}},
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
          {"method", method, "GET unless given"},
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

}  // namespace rtctl::scenario
