#include "scenario/schema_rules.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "metrics/measure.hpp"

namespace rtctl::scenario {
namespace {

using Json = nlohmann::ordered_json;
using Names = std::vector<std::string_view>;

Json required(const Names& names) {
  return {{"required", names}};
}

/// Exactly one of the keys, or at least one.
Json one_of(const Names& names) {
  Json list = Json::array();
  for (const std::string_view name : names)
    list.push_back(required({name}));
  return {{"oneOf", std::move(list)}};
}
Json any_of(const Names& names) {
  Json list = one_of(names);
  return {{"anyOf", std::move(list["oneOf"])}};
}

/// The keys must not be there.
Json without(const Names& names) {
  Json properties = Json::object();
  for (const std::string_view name : names)
    properties[std::string(name)] = false;
  return {{"properties", std::move(properties)}};
}

Json merged(Json into, const Json& other) {
  into.update(other, /*merge_objects=*/true);
  return into;
}

/// Keys of groups that this kind has no use for.
Names foreign_keys(Group::Kind kind) {
  Names names;
  for (const Key& key : group_object().keys) {
    const auto& kinds = key.more.kinds;
    if (!kinds.empty() && std::find(kinds.begin(), kinds.end(), kind) == kinds.end())
      names.push_back(key.name);
  }
  return names;
}

/// What a group of that kind must have and must not.
Json rules_of(Group::Kind kind) {
  Json rules = without(foreign_keys(kind));
  Json all = Json::array();
  if (kind == Group::Kind::flow) {
    rules = merged(rules, without({"path", "request"}));
    rules["required"] = Json::array({"users", "steps"});
    return rules;
  }
  all.push_back(one_of({"path", "request"}));
  if (kind == Group::Kind::request) {
    const Json open = without({"ramp_up", "think"});
    Json ways = Json::array();
    ways.push_back(merged(required({"users"}), without({"arrivals", "max_in_flight"})));
    ways.push_back(merged(required({"rate"}), open));
    ways.push_back(merged(required({"stages"}), open));
    all.push_back({{"oneOf", std::move(ways)}});
  } else {
    rules["required"] = Json::array({"users"});
  }
  if (kind == Group::Kind::sse)
    rules["dependentSchemas"] = {{"think", any_of({"until", "until_events"})}};
  if (kind == Group::Kind::chat || kind == Group::Kind::feed)
    rules = merged(rules, {{"properties", {{"request", without({"method", "json", "body"})}}}});
  rules["allOf"] = std::move(all);
  return rules;
}

Json group_rules() {
  Json all = Json::array();
  for (std::size_t i = 0; i < kind_names().size(); ++i) {
    const Json is_kind{{"properties", {{"kind", {{"const", kind_names()[i]}}}}}};
    all.push_back({{"if", is_kind}, {"then", rules_of(static_cast<Group::Kind>(i))}});
  }
  return {{"allOf", std::move(all)}};
}

Json step_rules() {
  Names names;
  Json each = Json::object();
  for (const Action& action : actions()) {
    names.push_back(action.key);
    Names others;
    for (const Key& key : step_object().keys) {
      const bool goes = key.name == action.key || std::find(action.with.begin(), action.with.end(),
                                                            key.name) != action.with.end();
      if (!goes) others.push_back(key.name);
    }
    Json rules = without(others);
    if (action.kind == Step::Kind::sse)
      rules = merged(rules, any_of({"until", "until_events", "for"}));
    if (action.kind == Step::Kind::poll) rules = merged(rules, any_of({"times", "for"}));
    if (action.kind == Step::Kind::request) rules["not"] = required({"json", "body"});
    each[std::string(action.key)] = std::move(rules);
  }
  Json rules = one_of(names);
  rules["dependentSchemas"] = std::move(each);
  return rules;
}

Json disconnect_rules() {
  const Json all = merged(required({"all"}), {{"properties", {{"all", {{"const", true}}}}}});
  return {{"oneOf", Json::array({required({"share"}), all})}};
}

}  // namespace

Json schema_rules(const Object& object) {
  if (&object == &group_object()) return group_rules();
  if (&object == &step_object()) return step_rules();
  if (&object == &repeat_object()) return one_of({"times", "for"});
  if (&object == &disconnect_object()) return disconnect_rules();
  if (&object == &request_object()) return {{"not", required({"json", "body"})}};
  if (&object == &threshold_object())
    return {{"dependentRequired", {{"after", Json::array({"abort"})}}}};
  return Json::object();
}

std::string threshold_pattern() {
  const auto names = metrics::measure_names();
  return fmt::format(
      R"(^\s*([^:<>=!]{{1,64}}:)?\s*({})(\.[a-z0-9_.]+)?\s*(<=|>=|==|!=|<|>)\s*[0-9][0-9.]*[A-Za-z%/]*\s*$|\$\{{)",
      fmt::join(names, "|"));
}

}  // namespace rtctl::scenario
