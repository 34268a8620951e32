#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "rtctl/scenario.hpp"
#include "scenario/template.hpp"

using namespace rtctl;
using namespace std::chrono_literals;

namespace {

/// Files beside a scenario, gone when the test ends.
class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "rtctl-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }
  void write(const std::string& name, std::string_view content) const {
    std::ofstream(path_ + "/" + name, std::ios::binary) << content;
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

LoadOptions options(std::map<std::string, std::string> variables = {}) {
  LoadOptions result{.variables = std::move(variables)};
  result.environment = [](const std::string& name) -> std::optional<std::string> {
    if (name == "TOKEN") return "secret";
    return std::nullopt;
  };
  return result;
}

Scenario load(std::string_view text, const LoadOptions& with = options()) {
  auto scenario = load_scenario(text, "test.yaml", with);
  REQUIRE_MESSAGE(scenario, scenario.error().message);
  return *scenario;
}

/// A user whose every variable is known.
class Someone final : public scenario::Values {
 public:
  explicit Someone(const Scenario& scenario) : scenario_(scenario) {}
  scenario::Value value(const Variable& variable) const override {
    switch (variable.kind) {
      case Variable::Kind::user_index:
        return {"3", true};
      case Variable::Kind::iteration:
        return {"41", true};
      case Variable::Kind::now:
        return {"2026-01-31T12:00:00.123456Z", false};
      case Variable::Kind::feeder: {
        const Feeder& feeder = scenario_.feeders[variable.feeder];
        const FeederValue& value = feeder.rows[3 % feeder.rows.size()][variable.column];
        return {value.text, value.is_json};
      }
      case Variable::Kind::capture:
        return {"a/b \"c\"", false};
    }
    return {};
  }

 private:
  const Scenario& scenario_;
};

std::string filled(const Scenario& scenario, const Template& text) {
  std::string out;
  expand(text, Someone(scenario), out);
  return out;
}

constexpr std::string_view kWhole = R"(
name: evening peak
target: ${TARGET:-http://127.0.0.1:8080}      # ${NAME}, ${NAME:-default}: --var, then the environment
duration: 60s
warmup: 5s                                     # run, not recorded
seed: 7
defaults:
  headers: { authorization: "Bearer ${TOKEN}" }
  timeouts: { connect: 5s, request: 10s, idle: 45s }
  backoff: { initial: 500ms, max: 30s, multiplier: 2, jitter: full }
data: { people: people.csv }                   # ${people.name}: one row per user, round robin
groups:
  - name: subscribers
    kind: sse                                  # sse | poll | chat | feed | request | flow
    path: /api/events
    users: 10000                               # closed model: that many at once
    ramp_up: 20s
    sent_at: /timestamp                        # JSON pointer to the send time -> delivery latency
    sequence: id                               # id | JSON pointer -> lost, duplicated, reordered
    drop_every: 30s..60s                       # this user cuts its own connection, then must resume
  - name: dashboards
    kind: poll
    path: /api/status
    users: 2000
    interval: 5s
    expect: { status: [200, 304], json: { /uptime: number } }
  - name: talkers
    kind: chat
    path: /api/messages
    users: 200
    interval: 1s
    say: { every: 2s, text: "hello from ${user.index}" }
  - name: publishers
    kind: request                              # users: N (closed loop) or rate: (open)
    request: { method: POST, path: /api/events, json: { data: { n: "${iteration}", timestamp: "${now}" } } }
    rate: 100/s                                # or stages: [{ for: 10s, rate: 10/s..200/s }]
    arrivals: constant                         # constant | poisson
  - name: completions
    kind: sse
    request: { method: POST, path: /v1/chat/completions, json: "@prompt.json" }
    until: "[DONE]"                            # a stream that ends well, then starts again
    users: 50
    think: 1s..3s
  - name: visitors
    kind: flow
    users: 100
    steps:
      - get: /login
        capture: { token: /token }
      - sse: /api/events
        headers: { authorization: "Bearer ${token}" }
        until_events: 20
      - think: 2s
  - name: phones
    kind: sse
    path: /api/events
    users: 300
    read_rate: 1KiB/s                          # a slow consumer
    half_open: 5%                              # of them vanish without a word
    disconnect: { all: true, at: 30s }         # a reconnect storm
network: { latency: 80ms, jitter: 20ms, bandwidth: 256KiB/s, cut_every: 60s }
thresholds:
  - subscribers:delivery.p99 < 100ms
  - subscribers:lost == 0
  - dashboards:latency.p95 < 50ms
  - errors.rate < 0.1%
  - { check: "uptime > 99.9%", abort: true, after: 10s }
)";

}  // namespace

TEST_CASE("scenario: everything that the manual shows is read") {
  const Folder folder;
  folder.write("people.csv", "name,age\nAnn,41\n\"Bob \"\"B\"\", jr\",7\n");
  folder.write("prompt.json",
               R"({"stream": true, "messages": [{"content": "Hi ${people.name}"}]})");
  LoadOptions with = options();
  with.directory = folder.path();
  const Scenario scenario = load(kWhole, with);
  CHECK(scenario.name == "evening peak");
  CHECK(scenario.target == "http://127.0.0.1:8080");
  CHECK(scenario.duration == 60s);
  CHECK(scenario.warmup == 5s);
  CHECK(scenario.seed == 7);
  REQUIRE(scenario.groups.size() == 7);

  const Group& subscribers = scenario.groups[0];
  CHECK(subscribers.kind == Group::Kind::sse);
  CHECK(subscribers.users == 10'000);
  CHECK(subscribers.ramp_up == 20s);
  CHECK(subscribers.sent_at == "/timestamp");
  CHECK(subscribers.sequence == "id");
  CHECK(*subscribers.drop_every == DurationRange{30s, 60s});
  CHECK(filled(scenario, subscribers.request.path) == "/api/events");
  REQUIRE(subscribers.request.headers.size() == 1);
  CHECK(subscribers.request.headers[0].name == "authorization");
  CHECK(filled(scenario, subscribers.request.headers[0].value) == "Bearer secret");

  const Group& dashboards = scenario.groups[1];
  CHECK(dashboards.interval == 5s);
  CHECK(dashboards.expect.status == std::vector{200, 304});
  CHECK(dashboards.expect.json[0].pointer == "/uptime");
  CHECK(dashboards.expect.json[0].type == Expectation::JsonType::number);

  CHECK(filled(scenario, scenario.groups[2].say->text) == "hello from 3");
  CHECK(scenario.groups[2].say->every == DurationRange{2s, 2s});

  const Group& publishers = scenario.groups[3];
  CHECK(publishers.users == 0);
  REQUIRE(publishers.stages.size() == 1);
  CHECK(publishers.stages[0].length == 65s);
  CHECK(publishers.stages[0].from_per_second == doctest::Approx(100));
  CHECK(publishers.request.method == "POST");
  CHECK(publishers.request.body_is_json);
  CHECK(filled(scenario, publishers.request.body) ==
        R"({"data":{"n":41,"timestamp":"2026-01-31T12:00:00.123456Z"}})");

  const Group& completions = scenario.groups[4];
  CHECK(completions.until == "[DONE]");
  CHECK(completions.think == DurationRange{1s, 3s});
  CHECK(filled(scenario, completions.request.body) ==
        R"({"stream":true,"messages":[{"content":"Hi Bob \"B\", jr"}]})");

  const Group& visitors = scenario.groups[5];
  REQUIRE(visitors.steps.size() == 3);
  CHECK(visitors.captures == std::vector<std::string>{"token"});
  CHECK(visitors.steps[0].captures[0].source == "/token");
  CHECK(visitors.steps[1].until_events == 20);
  CHECK(filled(scenario, visitors.steps[1].request.headers[0].value) == "Bearer a/b \"c\"");
  CHECK(visitors.steps[2].think == DurationRange{2s, 2s});

  const Group& phones = scenario.groups[6];
  CHECK(phones.read_bytes_per_second == 1024);
  CHECK(phones.half_open == doctest::Approx(0.05));
  CHECK(phones.disconnect->at == 30s);
  CHECK(phones.disconnect->share == doctest::Approx(1));

  CHECK(scenario.network->latency == 80ms);
  CHECK(scenario.network->bandwidth_bytes_per_second == 256 * 1024);
  REQUIRE(scenario.thresholds.size() == 5);
  CHECK(scenario.thresholds[0].group == "subscribers");
  CHECK(scenario.thresholds[0].limit == doctest::Approx(1e8));
  CHECK(scenario.thresholds[4].abort);
  CHECK(scenario.thresholds[4].after == 10s);
  CHECK(scenario.thresholds[4].where == "test.yaml:67:14");
}

TEST_CASE("scenario: --var wins over the environment, which wins over the default") {
  const auto text = [](std::string_view name) {
    return "name: ${" + std::string(name) +
           ":-fallback}\ntarget: http://h\n"
           "groups: [{ name: a, kind: sse, path: /, users: 1 }]";
  };
  CHECK(load(text("X")).name == "fallback");
  CHECK(load(text("X"), options({{"X", "given"}})).name == "given");
  CHECK(load(text("TOKEN")).name == "secret");
  CHECK(load(text("TOKEN"), options({{"TOKEN", "given"}})).name == "given");
}

TEST_CASE("scenario: anchors and merges work, own keys win") {
  const Scenario scenario = load(R"(
target: http://h
groups:
  - &base { name: a, kind: sse, path: /x, users: 5, timeouts: &t { connect: 1s } }
  - <<: *base
    name: b
    users: 7
  - <<: [{ users: 9 }, *base]
    name: c
    timeouts: *t
)");
  REQUIRE(scenario.groups.size() == 3);
  CHECK(scenario.groups[1].users == 7);
  CHECK(scenario.groups[1].timeouts.connect == 1s);
  CHECK(scenario.groups[2].users == 9);
}

TEST_CASE("scenario: JSON bodies keep types, whole variables become values") {
  const Folder folder;
  folder.write("rows.jsonl", "{\"id\": 5, \"tag\": \"x\\\"y\", \"list\": [1]}\n");
  LoadOptions with = options({{"N", "12"}});
  with.directory = folder.path();
  const Scenario scenario = load(R"(
target: http://h
data: { rows: rows.jsonl }
groups:
  - name: a
    kind: request
    users: 1
    request:
      method: POST
      path: "/u/${rows.tag}?i=${iteration}"
      json:
        number: 5
        text: "5"
        yes: true
        nothing: null
        tilde: ~
        version: 1.10
        inside: "n=${iteration} ${rows.tag}"
        whole: "${iteration}"
        user: "${user.index}"
        fed: "${rows.id}"
        list: "${rows.list}"
        tag: "${rows.tag}"
        set: ${N}
        quoted: "${N}"
        literal: "$${iteration}"
        empty: ""
)",
                                 with);
  const RequestTemplate& request = scenario.groups[0].request;
  CHECK(filled(scenario, request.path) == "/u/x%22y?i=41");
  CHECK(filled(scenario, request.body) ==
        R"({"number":5,"text":"5","yes":true,"nothing":null,"tilde":null,"version":1.10,)"
        R"("inside":"n=41 x\"y","whole":41,"user":3,"fed":5,"list":[1],"tag":"x\"y",)"
        R"("set":12,"quoted":"12","literal":"${iteration}","empty":""})");
  CHECK(nlohmann::json::accept(filled(scenario, request.body)));
}

TEST_CASE("scenario: flows repeat, capture and say") {
  const Scenario scenario = load(R"(
target: http://h/base/
groups:
  - name: f
    kind: flow
    users: 1
    headers: { x-a: "1" }
    steps:
      - post: /login
        json: { user: "${user.index}" }
        headers: { X-A: "2" }
        expect: { status: 200, headers: { Content-Type: json }, body: ok, json: { /a: "x", /b: null, /c: 5, /d: "number" } }
        capture: { session: "header:X-Session", next: /next }
      - get: ${next}
      - repeat:
          times: 3
          steps:
            - poll: /status
              times: 2
              interval: 100ms
            - say: "hi ${session}"
            - log: { type: t, actor: "u${user.index}", data: { a: "${iteration}" } }
              path: /feed
)");
  CHECK(scenario.target == "http://h/base");
  const Group& group = scenario.groups[0];
  CHECK(group.captures == std::vector<std::string>{"session", "next"});
  CHECK(group.steps[0].request.method == "POST");
  CHECK(filled(scenario, group.steps[0].request.headers[0].value) == "2");
  CHECK(group.steps[0].captures[0].from == Capture::From::header);
  CHECK(group.steps[0].captures[0].source == "x-session");
  const Expectation& expect = group.steps[0].expect;
  CHECK(expect.headers.at("content-type") == "json");
  CHECK(expect.json[0].equals == "\"x\"");
  CHECK(expect.json[1].type == Expectation::JsonType::null);
  CHECK(expect.json[2].equals == "5");
  CHECK(expect.json[3].type == Expectation::JsonType::number);  // quoted as a tool would write it
  CHECK(expect.json[3].equals.empty());
  CHECK(filled(scenario, group.steps[1].request.path) == "a/b \"c\"");
  const Step& repeat = group.steps[2];
  CHECK(repeat.times == 3);
  CHECK(repeat.steps[0].times == 2);
  CHECK(filled(scenario, repeat.steps[0].request.path) == "/status");
  CHECK(filled(scenario, repeat.steps[1].request.path) == "/api/messages");
  CHECK(filled(scenario, repeat.steps[2].request.path) == "/feed");
  CHECK(filled(scenario, repeat.steps[2].log.data) == R"({"a":41})");
}

TEST_CASE("scenario: the quick one has one group") {
  const auto scenario =
      quick_scenario({.url = "https://h:1/a?b=c#d", .kind = "poll", .users = 3, .duration = 20s});
  REQUIRE(scenario);
  CHECK(scenario->target == "https://h:1");
  CHECK(filled(*scenario, scenario->groups[0].request.path) == "/a?b=c");
  CHECK(scenario->groups[0].users == 3);
  CHECK(filled(*scenario, quick_scenario({.url = "http://h?x"})->groups[0].request.path) == "/?x");
  CHECK(!quick_scenario({.url = "ftp://h"}));
  CHECK(!quick_scenario({.url = "http:///x"}));
  CHECK(quick_scenario({.url = "http://h", .kind = "flow"}).error().message ==
        "unknown kind \"flow\"; allowed are sse, poll, chat, feed, request");
}

TEST_CASE("scenario: overrides keep the shape") {
  Scenario scenario = load(R"(
target: http://h
duration: 10s
groups:
  - { name: a, kind: sse, path: /, users: 10, ramp_up: 5s }
  - { name: b, kind: request, path: /, stages: [{ for: 5s, rate: 10/s..20/s }, { for: 5s, rate: 20/s }] }
)");
  scale_users(scenario, 0.01);
  CHECK(scenario.groups[0].users == 1);
  CHECK(scenario.groups[1].stages[0].to_per_second == doctest::Approx(0.2));
  override_duration(scenario, 2s);
  CHECK(scenario.duration == 2s);
  CHECK(scenario.groups[0].ramp_up == 1s);
  CHECK(scenario.groups[1].stages[1].length == 1s);
}

TEST_CASE("scenario: the schema is JSON and knows every group key") {
  const auto schema = nlohmann::json::parse(scenario_schema());
  CHECK(schema["$defs"]["group"]["properties"].contains("drop_every"));
  CHECK(schema["$defs"]["step"]["properties"].contains("until_events"));
  CHECK(schema["$defs"]["group"]["additionalProperties"] == false);
}

TEST_CASE("scenario: files made to waste time are refused soon") {
  std::string keys = "target: http://h\n";
  for (int i = 0; keys.size() < 900'000; ++i)
    keys += "k" + std::to_string(i) + ": 1\n";
  CHECK(load_scenario(keys, "f").error().message == "f:5001:1: a mapping has at most 5000 keys");
  const std::string large(2 << 20, '#');
  CHECK(load_scenario(large, "f").error().message ==
        "f:1:1: a scenario is at most 1048576 bytes, not 2097152");
  const std::string deep = load_scenario(std::string(500'000, '['), "f").error().message;
  CHECK(deep.ends_with(": nested deeper than 64 levels"));
  CHECK(load_scenario("a: \xFF", "f").error().message == "f:1:1: not UTF-8 text");
}
