#include "scenario/group.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/units.hpp"
#include "metrics/join.hpp"

namespace rtctl::scenario {
namespace {

constexpr std::uint64_t kUsersMax = 10'000'000;
constexpr std::uint64_t kInFlightDefault =
    10'000;  // a guess: more waiting requests say nothing new
constexpr std::uint64_t kCountMax = 1'000'000'000;
constexpr double kRateMax = 10'000'000;  // per second; a guess at what no machine will ever send

std::string list_of(const std::vector<Group::Kind>& kinds) {
  std::vector<std::string> names;
  for (const Group::Kind kind : kinds)
    names.emplace_back(kind_name(kind));
  return metrics::join(names);
}

/// Keys that this kind of group has no use for are mistakes.
void check_kind(const ObjectReader& reader, Group::Kind kind) {
  const bool is_flow = kind == Group::Kind::flow;
  for (const std::string_view key : {"path", "request", "expect"}) {
    if (is_flow && reader.has(key))
      reader.context().problem(reader.position_of(key),
                               fmt::format("\"{}\" belongs into the steps of a flow", key));
  }
  for (const Key& key : group_object().keys) {
    if (key.more.kinds.empty() || !reader.has(key.name)) continue;
    if (std::find(key.more.kinds.begin(), key.more.kinds.end(), kind) != key.more.kinds.end())
      continue;
    reader.context().problem(reader.position_of(key.name),
                             fmt::format("\"{}\" is for groups of kind {}; this one is of kind {}",
                                         key.name, list_of(key.more.kinds), kind_name(kind)));
  }
}

void read_name(const ObjectReader& reader, Group& group) {
  if (!reader.has("name")) return;
  reader.read("name", group.name);
  if (group.name.empty()) return reader.problem("name", "a group's name is empty");
  if (group.name.size() > 64) return reader.problem("name", "a group's name is at most 64 bytes");
  for (const char c : group.name) {
    if (std::string_view(":<>=!").find(c) != std::string_view::npos ||
        static_cast<unsigned char>(c) < 0x20) {
      return reader.problem("name",
                            "a group's name has none of : < > = ! and no control "
                            "characters, as thresholds refer to it");
    }
  }
  if (group.name == "total") return reader.problem("name", "\"total\" is all groups together");
}

void read_stages(const ObjectReader& reader, Group& group) {
  const Node* node = reader.node_of("stages");
  if (node == nullptr) return;
  if (node->kind != Node::Kind::sequence || node->items.empty())
    return reader.problem(
        "stages", fmt::format("stages must be a list of at least one, not {}", describe(*node)));
  for (const NodePtr& item : node->items) {
    const ObjectReader stage(reader.context(), *item, stage_object());
    Stage read;
    stage.read("for", read.length);
    stage.read_range("rate", read.from_per_second, read.to_per_second);
    group.stages.push_back(read);
  }
}

/// Who comes, and when: users, or a rate, or stages.
void read_load(const ObjectReader& reader, Group& group, nanoseconds run) {
  const int ways = int{reader.has("users")} + int{reader.has("rate")} + int{reader.has("stages")};
  const bool open_allowed = group.kind == Group::Kind::request;
  if (ways != 1) {
    const std::string_view needed =
        open_allowed ? "one of \"users\", \"rate\" and \"stages\"" : "\"users\"";
    return reader.context().problem(reader.position(),
                                    fmt::format("group \"{}\" needs {}{}", group.name, needed,
                                                ways > 1 ? ", not several of them" : ""));
  }
  reader.read_count("users", group.users, kUsersMax);
  reader.read("ramp_up", group.ramp_up);
  if (group.ramp_up > run)
    reader.problem("ramp_up", fmt::format("ramp_up {} is longer than the whole run, {}",
                                          format_duration(group.ramp_up), format_duration(run)));
  if (reader.has("rate")) {
    Stage whole{.length = run};
    reader.read_number("rate", whole.from_per_second);
    whole.to_per_second = whole.from_per_second;
    group.stages.push_back(whole);
  }
  read_stages(reader, group);
  for (const Stage& stage : group.stages) {
    if (std::max(stage.from_per_second, stage.to_per_second) > kRateMax)
      reader.problem(reader.has("rate") ? "rate" : "stages",
                     fmt::format("a rate is at most {:.0f}/s", kRateMax));
  }
  if (const auto choice = reader.read_choice("arrivals"))
    group.arrivals = static_cast<Group::Arrivals>(*choice);
  group.concurrency_max = group.stages.empty() ? 0 : kInFlightDefault;
  reader.read_count("max_in_flight", group.concurrency_max, kUsersMax);
  for (const std::string_view key : {"arrivals", "max_in_flight"}) {
    if (reader.has(key) && reader.has("users"))
      reader.problem(key, fmt::format("\"{}\" goes with \"rate\" or \"stages\", not with "
                                      "\"users\"",
                                      key));
  }
  for (const std::string_view key : {"ramp_up", "think"}) {
    if (reader.has(key) && !reader.has("users"))
      reader.problem(key, fmt::format("\"{}\" goes with \"users\", not with a rate", key));
  }
}

void read_where(const ObjectReader& reader, const Defaults& defaults, Group& group) {
  HeaderMap headers = defaults.headers;
  read_headers(reader, headers);
  group.request.headers = header_list(headers);
  if (group.kind == Group::Kind::flow) return;
  if (reader.has("path") == reader.has("request")) {
    return reader.context().problem(
        reader.position(), fmt::format("group \"{}\" needs either \"path\" or \"request\"{}",
                                       group.name, reader.has("path") ? ", not both" : ""));
  }
  read_path(reader, "path", group.request.path);
  const Node* node = reader.node_of("request");
  if (node == nullptr) return;
  const ObjectReader request(reader.context(), *node, request_object());
  read_request(request, headers, group.request);
  if (group.kind != Group::Kind::chat && group.kind != Group::Kind::feed) return;
  for (const std::string_view key : {"method", "json", "body"}) {
    if (request.has(key))
      request.context().problem(
          request.position_of(key),
          fmt::format("\"{}\" is not for groups of kind {}: what they send is fixed", key,
                      kind_name(group.kind)));
  }
}

void read_polling(const ObjectReader& reader, Group& group) {
  using std::chrono::seconds;
  if (group.kind == Group::Kind::poll || group.kind == Group::Kind::feed)
    group.interval = seconds(5);
  if (group.kind == Group::Kind::chat) group.interval = seconds(1);
  reader.read("interval", group.interval);
  reader.read_number("jitter", group.jitter);
  reader.read("wait", group.wait);
  if (group.wait > seconds(60))
    reader.problem("wait", "wait is at most 60s, which is how long servers hold a long poll");
  reader.read("ack", group.ack);
  if (const Node* node = reader.node_of("say")) {
    const ObjectReader say(reader.context(), *node, say_object());
    Say read;
    say.read("every", read.every);
    say.read_template("text", read.text);
    group.say = std::move(read);
  }
  if (const Node* node = reader.node_of("log")) {
    const ObjectReader log(reader.context(), *node, log_object());
    Log read;
    log.read("every", read.every);
    log.read_template("type", read.type);
    log.read_template("actor", read.actor);
    if (const Node* data = log.node_of("data")) {
      if (auto body = read_json(reader.context(), *data)) read.data = std::move(*body);
    }
    group.log = std::move(read);
  }
}

void read_disconnect(const ObjectReader& reader, Group& group, nanoseconds run) {
  const Node* node = reader.node_of("disconnect");
  if (node == nullptr) return;
  const ObjectReader own(reader.context(), *node, disconnect_object());
  Disconnect read;
  bool all = false;
  own.read("all", all);
  own.read("at", read.at);
  if (all == own.has("share"))
    return own.context().problem(own.position(),
                                 "disconnect needs either \"all: true\" or "
                                 "\"share\"");
  own.read_number("share", read.share);
  if (read.at > run)
    own.problem("at", fmt::format("at {} is after the end of the run, {}", format_duration(read.at),
                                  format_duration(run)));
  group.disconnect = read;
}

void read_stream(const ObjectReader& reader, Group& group, nanoseconds run) {
  reader.read("until", group.until);
  reader.read_count("until_events", group.until_events, kCountMax);
  reader.read("sent_at", group.sent_at);
  if (reader.has("sent_at") && !is_pointer(group.sent_at))
    reader.problem("sent_at", fmt::format("sent_at \"{}\" is not a JSON pointer; write it like "
                                          "\"/timestamp\"",
                                          group.sent_at));
  reader.read("sequence", group.sequence);
  if (reader.has("sequence") && group.sequence != "id" && !is_pointer(group.sequence))
    reader.problem("sequence", fmt::format("sequence \"{}\" is neither \"id\" nor a JSON pointer",
                                           group.sequence));
  if (reader.has("drop_every")) {
    group.drop_every = DurationRange{};
    reader.read("drop_every", *group.drop_every);
  }
  reader.read_size("read_rate", group.read_bytes_per_second);
  reader.read_number("half_open", group.half_open);
  read_disconnect(reader, group, run);
}

}  // namespace

void read_timeouts(const ObjectReader& parent, Timeouts& timeouts) {
  const Node* node = parent.node_of("timeouts");
  if (node == nullptr) return;
  const ObjectReader reader(parent.context(), *node, timeouts_object());
  reader.read("connect", timeouts.connect);
  reader.read("request", timeouts.request);
  reader.read("idle", timeouts.idle);
}

void read_backoff(const ObjectReader& parent, Backoff& backoff) {
  const Node* node = parent.node_of("backoff");
  if (node == nullptr) return;
  const ObjectReader reader(parent.context(), *node, backoff_object());
  reader.read("initial", backoff.initial);
  reader.read("max", backoff.max);
  reader.read_number("multiplier", backoff.multiplier);
  if (const auto choice = reader.read_choice("jitter"))
    backoff.jitter = static_cast<Backoff::Jitter>(*choice);
  if (backoff.multiplier < 1) reader.problem("multiplier", "multiplier must be at least 1");
  if (backoff.max < backoff.initial)
    reader.problem(reader.has("max") ? "max" : "initial",
                   fmt::format("max {} is shorter than initial {}", format_duration(backoff.max),
                               format_duration(backoff.initial)));
}

Group read_group(Context& context, const Node& node, const Defaults& defaults, nanoseconds run) {
  const ObjectReader reader(context, node, group_object());
  Group group{.timeouts = defaults.timeouts, .backoff = defaults.backoff};
  read_name(reader, group);
  const auto kind = reader.read_choice("kind");
  if (!kind) return group;  // without a kind nothing else can be judged
  group.kind = static_cast<Group::Kind>(*kind);
  check_kind(reader, group.kind);
  read_timeouts(reader, group.timeouts);
  read_backoff(reader, group.backoff);
  read_load(reader, group, run);
  read_where(reader, defaults, group);
  read_expect(reader, group.expect);
  reader.read("think", group.think);
  read_polling(reader, group);
  read_stream(reader, group, run);
  if (group.kind == Group::Kind::sse && reader.has("think") && group.until.empty() &&
      group.until_events == 0)
    reader.problem("think", "\"think\" of a stream goes with \"until\" or \"until_events\"");
  if (group.kind != Group::Kind::flow) return group;
  if (!reader.has("steps")) {
    context.problem(reader.position(), fmt::format("group \"{}\" needs \"steps\"", group.name));
    return group;
  }
  HeaderMap headers = defaults.headers;
  read_headers(reader, headers);
  context.captures = &group.captures;
  read_steps(reader, headers, group.steps);
  context.captures = nullptr;
  return group;
}

}  // namespace rtctl::scenario
