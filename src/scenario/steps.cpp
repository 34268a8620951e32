// The steps of a flow.
#include <fmt/format.h>

#include <algorithm>

#include "metrics/join.hpp"
#include "scenario/group.hpp"

namespace rtctl::scenario {
namespace {

constexpr std::uint64_t kCountMax = 1'000'000'000;

std::vector<std::string> action_names() {
  std::vector<std::string> names;
  for (const Action& action : actions())
    names.emplace_back(action.key);
  return names;
}

/// The step's action, or null after a problem.
const Action* find_action(const ObjectReader& reader) {
  const Action* found = nullptr;
  for (const Action& action : actions()) {
    if (!reader.has(action.key)) continue;
    if (found != nullptr) {
      reader.context().problem(
          reader.position_of(action.key),
          fmt::format("a step does one thing: \"{}\" or \"{}\", not both", found->key, action.key));
      return nullptr;
    }
    found = &action;
  }
  if (found == nullptr)
    reader.context().problem(reader.position(),
                             fmt::format("a step needs one of {}", metrics::join(action_names())));
  return found;
}

void check_companions(const ObjectReader& reader, const Action& action) {
  for (const Key& key : step_object().keys) {
    const bool fits = key.name == action.key || std::find(action.with.begin(), action.with.end(),
                                                          key.name) != action.with.end();
    if (!fits && reader.has(key.name))
      reader.context().problem(
          reader.position_of(key.name),
          fmt::format("\"{}\" does not go with \"{}\"{}", key.name, action.key,
                      action.with.empty()
                          ? ", which stands alone"
                          : fmt::format("; allowed are {}", fmt::join(action.with, ", "))));
  }
}

std::uint32_t slot_of(std::vector<std::string>& captures, const std::string& name) {
  const auto at = std::find(captures.begin(), captures.end(), name);
  if (at != captures.end()) return static_cast<std::uint32_t>(at - captures.begin());
  captures.push_back(name);
  return static_cast<std::uint32_t>(captures.size() - 1);
}

void read_capture(Context& context, const Node::Entry& entry, Step& step) {
  constexpr std::string_view kHeader = "header:";
  const bool is_name = is_token(entry.key) && entry.key.find('.') == std::string::npos;
  if (!is_name || entry.key == "now" || entry.key == "iteration")
    return context.problem(entry.at, fmt::format("\"{}\" is not a name for a capture", entry.key));
  auto source = read_text(context, *entry.value, entry.key);
  if (!source) return;
  Capture capture;
  if (source->starts_with(kHeader) && is_token(source->substr(kHeader.size()))) {
    capture.from = Capture::From::header;
    capture.source = source->substr(kHeader.size());
    std::transform(capture.source.begin(), capture.source.end(), capture.source.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  } else if (is_pointer(*source)) {
    capture.source = std::move(*source);
  } else {
    return context.problem(entry.value->at,
                           fmt::format("capture \"{}\" is neither a JSON pointer like \"/token\" "
                                       "nor \"header:NAME\"",
                                       *source));
  }
  capture.slot = slot_of(*context.captures, entry.key);
  step.captures.push_back(std::move(capture));
}

void read_captures(const ObjectReader& reader, Step& step) {
  const Node* node = reader.node_of("capture");
  if (node == nullptr) return;
  if (node->kind != Node::Kind::map)
    return reader.problem("capture",
                          fmt::format("capture must be a mapping, not {}", describe(*node)));
  for (const Node::Entry& entry : node->entries)
    read_capture(reader.context(), entry, step);
}

void read_exchange(const ObjectReader& reader, const Action& action, const HeaderMap& headers,
                   Step& step) {
  HeaderMap own = headers;
  read_headers(reader, own);
  step.request.headers = header_list(own);
  read_path(reader, action.key, step.request.path);
  if (action.kind == Step::Kind::request) {
    step.request.method = action.key;
    std::transform(step.request.method.begin(), step.request.method.end(),
                   step.request.method.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    read_body(reader, step.request);
  }
  read_expect(reader, step.expect);
  read_captures(reader, step);
}

void read_stream(const ObjectReader& reader, Step& step) {
  reader.read("until", step.until);
  reader.read_count("until_events", step.until_events, kCountMax);
  reader.read("sent_at", step.sent_at);
  reader.read("sequence", step.sequence);
  if (reader.has("sent_at") && !is_pointer(step.sent_at))
    reader.problem("sent_at", fmt::format("sent_at \"{}\" is not a JSON pointer; write it like "
                                          "\"/timestamp\"",
                                          step.sent_at));
  if (reader.has("sequence") && step.sequence != "id" && !is_pointer(step.sequence))
    reader.problem("sequence", fmt::format("sequence \"{}\" is neither \"id\" nor a JSON pointer",
                                           step.sequence));
  if (!reader.has("until") && !reader.has("until_events") && !reader.has("for"))
    reader.problem("sse", "a stream step needs an end: \"until\", \"until_events\" or \"for\"");
}

void read_for(const ObjectReader& reader, Step& step) {
  if (!reader.has("for")) return;
  nanoseconds time{0};
  reader.read("for", time);
  step.for_time = time;
}

void read_message(const ObjectReader& reader, const Action& action, const HeaderMap& headers,
                  Step& step) {
  HeaderMap own = headers;
  read_headers(reader, own);
  step.request.headers = header_list(own);
  step.request.method = "POST";
  step.request.body_is_json = true;
  const bool says = action.kind == Step::Kind::say;
  step.request.path.pieces = {{.literal = says ? "/api/messages" : "/api/activity"}};
  read_path(reader, "path", step.request.path);
  if (says) return reader.read_template("say", step.text);
  const ObjectReader log(reader.context(), *reader.node_of("log"), step_log_object());
  log.read_template("type", step.log.type);
  log.read_template("actor", step.log.actor);
  if (const Node* data = log.node_of("data")) {
    if (auto body = read_json(reader.context(), *data)) step.log.data = std::move(*body);
  }
}

void read_repeat(const ObjectReader& reader, const HeaderMap& headers, Step& step) {
  const ObjectReader repeat(reader.context(), *reader.node_of("repeat"), repeat_object());
  repeat.read_count("times", step.times, kCountMax);
  read_for(repeat, step);
  if (repeat.has("times") == repeat.has("for"))
    repeat.context().problem(repeat.position(), fmt::format("repeat needs either \"times\" or "
                                                            "\"for\"{}",
                                                            repeat.has("for") ? ", not both" : ""));
  read_steps(repeat, headers, step.steps);
}

Step read_step(Context& context, const Node& node, const HeaderMap& headers) {
  const ObjectReader reader(context, node, step_object());
  Step step;
  const Action* action = find_action(reader);
  if (action == nullptr) return step;
  check_companions(reader, *action);
  step.kind = action->kind;
  switch (action->kind) {
    case Step::Kind::request:
      read_exchange(reader, *action, headers, step);
      break;
    case Step::Kind::sse:
      read_exchange(reader, *action, headers, step);
      read_for(reader, step);
      read_stream(reader, step);
      break;
    case Step::Kind::poll:
      read_exchange(reader, *action, headers, step);
      step.interval = std::chrono::seconds(1);
      reader.read("interval", step.interval);
      reader.read_count("times", step.times, kCountMax);
      read_for(reader, step);
      if (!reader.has("times") && !reader.has("for"))
        reader.problem("poll", "a poll step needs an end: \"times\" or \"for\"");
      break;
    case Step::Kind::say:
    case Step::Kind::log:
      read_message(reader, *action, headers, step);
      break;
    case Step::Kind::think:
      reader.read("think", step.think);
      break;
    case Step::Kind::repeat:
      read_repeat(reader, headers, step);
      break;
  }
  return step;
}

}  // namespace

void read_steps(const ObjectReader& parent, const HeaderMap& headers, std::vector<Step>& steps) {
  const Node* node = parent.node_of("steps");
  if (node == nullptr) return;
  if (node->kind != Node::Kind::sequence || node->items.empty())
    return parent.problem(
        "steps",
        fmt::format("steps must be a list of at least one, not {}",
                    node->kind == Node::Kind::sequence ? "an empty one" : describe(*node)));
  for (const NodePtr& item : node->items)
    steps.push_back(read_step(parent.context(), *item, headers));
}

}  // namespace rtctl::scenario
