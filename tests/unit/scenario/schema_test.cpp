// The schema, the manual and the reader come from one description, and the examples fit all three.
#include <doctest/doctest.h>

#include <filesystem>
#include <set>

#include "base/file.hpp"
#include "rtctl/scenario.hpp"
#include "scenario/spec.hpp"
#include "scenario/yaml.hpp"
#include "support/json_schema.hpp"

using namespace rtctl;
using namespace rtctl::scenario;

namespace {

using Json = nlohmann::json;

const std::string kSource = RTCTL_SOURCE_DIR;

/// As any YAML library would read it.
Json to_json(const Node& node) {
  if (node.kind == Node::Kind::null) return nullptr;
  if (node.kind == Node::Kind::scalar) {
    const Json plain = Json::parse(node.text, nullptr, false);
    const bool typed = plain.is_number() || plain.is_boolean();
    return !node.quoted && typed ? plain : Json(node.text);
  }
  Json result = node.kind == Node::Kind::map ? Json::object() : Json::array();
  for (const NodePtr& item : node.items)
    result.push_back(to_json(*item));
  for (const Node::Entry& entry : node.entries)
    result[entry.key] = to_json(*entry.value);
  return result;
}

void collect(const Object& object, std::set<const Object*>& all) {
  if (!all.insert(&object).second) return;
  for (const Key& key : object.keys) {
    if (key.more.object != nullptr) collect(key.more.object(), all);
  }
}

}  // namespace

TEST_CASE("schema: every example scenario fits, and loads") {
  const test::SchemaChecker checker(Json::parse(scenario_schema()));
  std::size_t examples = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kSource + "/scenarios")) {
    if (entry.path().extension() != ".yaml") continue;
    CAPTURE(entry.path());
    const auto text = read_file(entry.path(), 1 << 20);
    REQUIRE(text);
    const auto root = parse_yaml(*text, entry.path().filename());
    REQUIRE_MESSAGE(root, root.error().message);
    CHECK(checker.check(to_json(**root)) == "");
    const auto scenario = load_scenario_file(entry.path());
    CHECK_MESSAGE(scenario, scenario.error().message);
    ++examples;
  }
  CHECK(examples > 0);
}

TEST_CASE("schema: what the reader refuses by type, the schema refuses too") {
  const test::SchemaChecker checker(Json::parse(scenario_schema()));
  const auto check = [&](const std::string& extra) {
    const std::string users = extra.starts_with("us") ? "" : "users: 1, ";
    const auto root = parse_yaml(
        "target: http://h\ngroups: [{ name: a, kind: sse, path: /e, " + users + extra + " }]", "x");
    REQUIRE_MESSAGE(root, root.error().message);
    return checker.check(to_json(**root));
  };
  for (const char* good :
       {"users: 5", "users: \"${N}\"", "ramp_up: 1m30s", "ramp_up: 0", "drop_every: 1s..2.5s",
        "read_rate: 1KiB/s", "half_open: 5%", "half_open: 0.05", "sequence: id",
        "timeouts: { idle: 0 }", "disconnect: { all: true, at: 1s }"}) {
    CAPTURE(good);
    CHECK(check(good) == "");
  }
  for (const char* bad :
       {"usres: 5", "users: 0", "users: many", "ramp_up: 5", "ramp_up: soon", "drop_every: 1..2",
        "read_rate: 5KiB", "half_open: 5x", "sent_at: timestamp", "sequence: n",
        "timeouts: { idl: 0 }", "backoff: { jitter: some }"}) {
    CAPTURE(bad);
    CHECK(check(bad) != "");
  }
}

TEST_CASE("schema: what does not go together is refused by kind") {
  const test::SchemaChecker checker(Json::parse(scenario_schema()));
  const auto check = [&](const std::string& group, const std::string& more = "") {
    const auto root =
        parse_yaml("target: http://h\n" + more + "groups: [{ name: a, " + group + " }]", "x");
    REQUIRE_MESSAGE(root, root.error().message);
    return checker.check(to_json(**root));
  };
  for (const char* good :
       {"kind: sse, path: /e, users: 1",
        "kind: sse, request: { path: /e, method: POST, json: {} }, users: 1",
        "kind: sse, path: /e, users: 1, until_events: 3, think: 1s",
        "kind: request, path: /e, users: 1, think: 1s",
        "kind: request, path: /e, rate: 5/s, arrivals: poisson",
        "kind: request, path: /e, stages: [{ for: 1d, rate: 0/s..5/s }]",
        "kind: \"${KIND}\", path: /e, users: 1",
        "kind: poll, path: \"${PATH}\", users: 1, expect: { status: 200, json: { /a: number } }",
        "kind: flow, users: 1, steps: [{ get: /, expect: { status: 200 } }, { sse: /e, for: 1s }, "
        "{ think: 1s }]",
        "kind: flow, users: 1, steps: [{ repeat: { times: 2, steps: [{ poll: /, times: 3 }] } }]",
        "kind: sse, path: /e, users: 1, disconnect: { all: false, share: 5%, at: 1s }"}) {
    CAPTURE(good);
    CHECK(check(good) == "");
  }
  for (const char* bad :
       {"kind: sse, path: /e",
        "kind: sse, users: 1",
        "kind: sse, path: /e, request: { path: /e }, users: 1",
        "kind: sse, path: /e, rate: 5/s",
        "kind: sse, path: /e, users: 1, interval: 5s",
        "kind: sse, path: /e, users: 1, think: 1s",
        "kind: sse, path: /e, users: 1, expect: { status: 200 }",
        "kind: sse, path: e, users: 1",
        "kind: sse, path: /e, users: 1, drop_every: 0s",
        "kind: sse, path: /e, users: 1, timeouts: { connect: 0s }",
        "kind: sse, path: /e, users: 1, backoff: { multiplier: 0.5 }",
        "kind: sse, path: /e, users: 1, disconnect: { at: 1s }",
        "kind: sse, path: /e, users: 1, disconnect: { all: true, share: 5%, at: 1s }",
        "kind: sse, path: /e, users: 1, headers: { \"a b\": x }",
        "kind: request, path: /e",
        "kind: request, path: /e, users: 1, rate: 5/s",
        "kind: request, path: /e, users: 1, arrivals: poisson",
        "kind: request, path: /e, rate: 5/s, ramp_up: 1s",
        "kind: request, path: /e, rate: 0/s",
        "kind: request, users: 1, request: { path: /e, method: post }",
        "kind: request, users: 1, request: { path: /e, json: {}, body: x }",
        "kind: chat, users: 1, request: { path: /e, method: PUT }",
        "kind: poll, path: /e, users: 1, expect: { json: { a: number } }",
        "kind: poll, path: /e, users: 1, expect: { status: 99 }",
        "kind: flow, users: 1",
        "kind: flow, users: 1, path: /e, steps: [{ get: / }]",
        "kind: flow, users: 1, steps: []",
        "kind: flow, users: 1, steps: [{ get: /, post: / }]",
        "kind: flow, users: 1, steps: [{ sse: / }]",
        "kind: flow, users: 1, steps: [{ think: 1s, json: {} }]",
        "kind: flow, users: 1, steps: [{ repeat: { steps: [{ get: / }] } }]"}) {
    CAPTURE(bad);
    CHECK(check(bad) != "");
  }
}

TEST_CASE("schema: conditions name what is measured, and compare with a value") {
  const test::SchemaChecker checker(Json::parse(scenario_schema()));
  const auto check = [&](const std::string& condition) {
    const Json group{{"name", "a"}, {"kind", "sse"}, {"path", "/e"}, {"users", 1}};
    return checker.check({{"target", "http://h"},
                          {"groups", Json::array({group})},
                          {"thresholds", Json::array({condition})}});
  };
  for (const char* good :
       {"a:delivery.p99 < 100ms", "errors.rate < 0.1%", "lost == 0", "uptime > 99.9%",
        "a:events.rate >= 5/s", "payload.max <= 64KiB", "delivery.p99.9<1s", "errors.reset != 3"})
    CHECK_MESSAGE(check(good) == "", good);
  for (const char* bad :
       {"", "a:delivery.p99", "a:deliverry.p99 < 1s", "lost = 0", "lost == x", "lost =="})
    CHECK_MESSAGE(check(bad) != "", bad);
}

TEST_CASE("manual: rtctl-scenario(5) names every key") {
  const auto manual = read_file(kSource + "/man/rtctl-scenario.5", 1 << 20);
  REQUIRE(manual);
  std::set<const Object*> all;
  collect(scenario_object(), all);
  for (const Object* object : all) {
    for (const Key& key : object->keys) {
      CAPTURE(key.name);
      CHECK(manual->find(".It Cm " + std::string(key.name) + " ") != std::string::npos);
    }
  }
}
