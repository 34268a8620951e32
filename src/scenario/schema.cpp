// The JSON Schema of scenario files, made from the same description that the reader checks by.
#include <nlohmann/json.hpp>

#include "scenario/schema_rules.hpp"
#include "scenario/spec.hpp"

namespace rtctl {
namespace scenario {
namespace {

using Json = nlohmann::ordered_json;

/// Where a variable of the command line or environment may stand for the whole value.
constexpr std::string_view kVariable = R"(^\$\{)";
constexpr std::string_view kDuration = R"((0|([0-9]+(\.[0-9]+)?(ns|us|ms|s|m|h|d))+))";
constexpr std::string_view kSize = R"([0-9]+(\.[0-9]+)?(B|KiB|MiB|GiB|kB|MB|GB)?)";
constexpr std::string_view kRate = R"([0-9]+(\.[0-9]+)?/(ns|us|ms|s|m|h|d))";

Json matching(std::string_view pattern) {
  const std::string whole = "^" + std::string(pattern) + "$|" + std::string(kVariable);
  return {{"type", "string"}, {"pattern", whole}};
}

/// The same, and not nothing: somewhere in it is a digit that is no 0.
Json matching(std::string_view pattern, Key::Limit limit) {
  if (limit == Key::Limit::none) return matching(pattern);
  return matching("(?=.*[1-9])" + std::string(pattern));
}

Json either(Json first, Json second) {
  return {{"anyOf", Json::array({std::move(first), std::move(second)})}};
}

/// A number, or a text that a variable stands in.
Json number_or_variable(Json number) {
  return either(std::move(number), {{"type", "string"}, {"pattern", kVariable}});
}

Json scalar() {
  return {{"type", Json::array({"string", "number", "boolean"})}};
}

Json map_of(Json value) {
  return {{"type", "object"}, {"additionalProperties", std::move(value)}};
}

std::string range_of(std::string_view pattern) {
  return "(" + std::string(pattern) + ")(\\.\\.(" + std::string(pattern) + "))?";
}

Json reference(const Object& object) {
  return {{"$ref", "#/$defs/" + std::string(object.name)}};
}

Json choice_of(const std::vector<std::string_view>& choices) {
  Json values = Json::array();
  for (const std::string_view choice : choices) {
    values.push_back(choice);
    // YAML reads 1.1 and 2 as numbers where they have no quotes.
    const Json number = Json::parse(choice, nullptr, /*allow_exceptions=*/false);
    if (number.is_number()) values.push_back(number);
  }
  return either({{"enum", std::move(values)}}, {{"type", "string"}, {"pattern", kVariable}});
}

Json condition() {
  return {{"type", "string"}, {"pattern", threshold_pattern()}};
}

Json status() {
  return number_or_variable({{"type", "integer"}, {"minimum", 100}, {"maximum", 599}});
}

Json schema_of(const Key& key) {
  const bool positive = key.more.limit == Key::Limit::positive;
  const Json zero{{"const", 0}};
  switch (key.type) {
    case Type::text:
    case Type::text_template:
      return scalar();
    case Type::path:
      return {{"type", "string"}, {"pattern", R"(^(/|https?://|\$\{)[^ ]*$)"}};
    case Type::method:
      return {{"type", "string"}, {"pattern", R"(^([^a-z\s]+$|\$\{))"}};
    case Type::name:
      return {{"type", "string"}, {"pattern", "^[^:<>=!]{1,64}$"}, {"not", {{"const", "total"}}}};
    case Type::url:
      return {{"type", "string"}, {"pattern", R"(^(https?://|\$\{))"}};
    case Type::json:
      return true;
    case Type::duration:
      return positive ? matching(kDuration, key.more.limit) : either(matching(kDuration), zero);
    case Type::duration_range:
      return matching(range_of(kDuration), key.more.limit);
    case Type::size:
      return either(matching(kSize, key.more.limit),
                    {{"type", "integer"}, {"minimum", positive ? 1 : 0}});
    case Type::size_rate:
      return matching(std::string(kSize) + "/s", key.more.limit);
    case Type::rate:
      return matching(kRate, key.more.limit);
    case Type::rate_range:
      return matching(range_of(kRate));
    case Type::share:
      return either(matching(R"([0-9]+(\.[0-9]+)?%?)"),
                    {{"type", "number"}, {"minimum", 0}, {"maximum", 1}});
    case Type::share_or_switch:
      return either(schema_of(Key{key.name, Type::share, key.help}), {{"type", "boolean"}});
    case Type::count:
      return number_or_variable({{"type", "integer"}, {"minimum", positive ? 1 : 0}});
    case Type::number:
      return number_or_variable({{"type", "number"}});
    case Type::factor:
      return number_or_variable({{"type", "number"}, {"minimum", 1}});
    case Type::boolean:
      return number_or_variable({{"type", "boolean"}});
    case Type::choice:
      return choice_of(key.more.choices);
    case Type::pointer:
      return {{"type", "string"}, {"pattern", R"(^(/|\$\{))"}};
    case Type::sequence:
      return {{"type", "string"}, {"pattern", R"(^(id$|/|\$\{))"}};
    case Type::file:
      return {{"type", "string"}};
    case Type::object:
      return reference(key.more.object());
    case Type::objects:
      return {{"type", "array"}, {"minItems", 1}, {"items", reference(key.more.object())}};
    case Type::headers:
    case Type::texts: {
      Json map = map_of(scalar());
      map["propertyNames"] = {{"pattern", "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"}};
      return map;
    }
    case Type::files:
      return map_of({{"type", "string"}});
    case Type::captures:
      return map_of({{"type", "string"}, {"pattern", "^(/|header:)"}});
    case Type::statuses:
      return either(status(), {{"type", "array"}, {"items", status()}});
    case Type::json_checks: {
      Json map = map_of(true);
      map["propertyNames"] = {{"pattern", "^(/|$)"}};
      return map;
    }
    case Type::thresholds:
      return {{"type", "array"}, {"items", either(condition(), reference(key.more.object()))}};
    case Type::condition:
      return condition();
  }
  return true;
}

Json schema_of(const Object& object) {
  Json properties = Json::object();
  Json required = Json::array();
  for (const Key& key : object.keys) {
    Json value = schema_of(key);
    if (value.is_boolean()) value = Json::object();
    std::string help(key.help);
    if (!key.more.kinds.empty()) {
      help += " (kinds:";
      for (const Group::Kind kind : key.more.kinds)
        help += " " + std::string(kind_name(kind));
      help += ")";
    }
    value["description"] = help;
    properties[std::string(key.name)] = std::move(value);
    if (key.more.required) required.push_back(key.name);
  }
  Json result{{"description", object.help},
              {"type", "object"},
              {"properties", std::move(properties)},
              {"additionalProperties", false}};
  if (!required.empty()) result["required"] = std::move(required);
  result.update(schema_rules(object));
  return result;
}

/// Every object that can be reached, each once.
void collect(const Object& object, Json& definitions) {
  if (definitions.contains(object.name)) return;
  definitions[std::string(object.name)] = schema_of(object);
  for (const Key& key : object.keys) {
    if (key.more.object != nullptr) collect(key.more.object(), definitions);
  }
}

}  // namespace
}  // namespace scenario

std::string scenario_schema() {
  using scenario::Json;
  Json definitions = Json::object();
  scenario::collect(scenario::scenario_object(), definitions);
  const Json schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                    {"title", "rtctl scenario"},
                    {"$ref", "#/$defs/scenario"},
                    {"$defs", std::move(definitions)}};
  return schema.dump(2) + "\n";
}

}  // namespace rtctl
