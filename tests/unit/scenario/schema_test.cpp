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
    const auto root = parse_yaml(
        "target: http://h\ngroups: [{ name: a, kind: sse, path: /e, " + extra + " }]", "x");
    REQUIRE_MESSAGE(root, root.error().message);
    return checker.check(to_json(**root));
  };
  for (const char* good :
       {"users: 5", "users: \"${N}\"", "ramp_up: 1m30s", "ramp_up: 0", "drop_every: 1s..2.5s",
        "read_rate: 1KiB/s", "half_open: 5%", "half_open: 0.05", "sequence: id",
        "timeouts: { idle: 0 }", "expect: { status: 200 }", "disconnect: { all: true, at: 1s }"}) {
    CAPTURE(good);
    CHECK(check(good) == "");
  }
  for (const char* bad :
       {"usres: 5", "users: 0", "users: many", "ramp_up: 5", "ramp_up: soon", "drop_every: 1..2",
        "read_rate: 5KiB", "half_open: 5x", "sent_at: timestamp", "sequence: n",
        "timeouts: { idl: 0 }", "expect: { status: 99 }", "backoff: { jitter: some }"}) {
    CAPTURE(bad);
    CHECK(check(bad) != "");
  }
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
