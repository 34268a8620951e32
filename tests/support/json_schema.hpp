// As much of JSON Schema (draft 2020-12) as rtctl's own schemas use; an unknown keyword is an
// error, so that nothing is taken for checked that is not.
#pragma once

#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <string>

namespace rtctl::test {

class SchemaChecker {
 public:
  explicit SchemaChecker(nlohmann::json schema) : root_(std::move(schema)) {}

  /// "" when the value fits; otherwise where and why not.
  std::string check(const nlohmann::json& value) const { return check(root_, value, ""); }

 private:
  using Json = nlohmann::json;

  static bool has_type(const std::string& type, const Json& value) {
    if (type == "integer") return value.is_number_integer();
    if (type == "number") return value.is_number();
    if (type == "string") return value.is_string();
    if (type == "boolean") return value.is_boolean();
    if (type == "array") return value.is_array();
    if (type == "object") return value.is_object();
    return type == "null" && value.is_null();
  }

  static bool has_type(const Json& types, const Json& value) {
    if (types.is_string()) return has_type(types.get<std::string>(), value);
    for (const Json& type : types) {
      if (has_type(type.get<std::string>(), value)) return true;
    }
    return false;
  }

  std::string check(const Json& schema, const Json& value, const std::string& path) const {
    if (schema.is_boolean()) return schema.get<bool>() ? "" : path + ": not allowed";
    for (const auto& [keyword, rule] : schema.items()) {
      const std::string wrong = check_keyword(schema, keyword, rule, value, path);
      if (!wrong.empty()) return wrong;
    }
    return "";
  }

  std::string check_keyword(const Json& schema, const std::string& keyword, const Json& rule,
                            const Json& value, const std::string& path) const {
    static const std::set<std::string> kNoRules{"$schema", "$defs", "title", "description"};
    const auto wrong = [&] { return path + ": " + value.dump() + " against " + rule.dump(); };
    if (kNoRules.contains(keyword)) return "";
    if (keyword == "$ref")
      return check(root_.at(Json::json_pointer(rule.get<std::string>().substr(1))), value, path);
    if (keyword == "type") return has_type(rule, value) ? "" : wrong();
    if (keyword == "const") return value == rule ? "" : wrong();
    if (keyword == "enum") return contains(rule, value) ? "" : wrong();
    if (keyword == "minimum") return !value.is_number() || value >= rule ? "" : wrong();
    if (keyword == "maximum") return !value.is_number() || value <= rule ? "" : wrong();
    if (keyword == "minItems") return !value.is_array() || value.size() >= rule ? "" : wrong();
    if (keyword == "maxItems") return !value.is_array() || value.size() <= rule ? "" : wrong();
    if (keyword == "pattern") {
      const std::regex pattern(rule.get<std::string>());
      return !value.is_string() || std::regex_search(value.get<std::string>(), pattern) ? ""
                                                                                        : wrong();
    }
    if (keyword == "anyOf") return check_any(rule, value, path);
    if (keyword == "allOf") return check_all(rule, value, path);
    if (keyword == "oneOf") return count_fitting(rule, value, path) == 1 ? "" : wrong();
    if (keyword == "not") return check(rule, value, path).empty() ? wrong() : "";
    if (keyword == "if")
      return check(rule, value, path).empty() ? check(schema["then"], value, path) : "";
    if (keyword == "then") return "";  // looked at with its "if"
    if (keyword == "dependentSchemas") return check_dependent(rule, value, path);
    if (keyword == "dependentRequired") return check_dependent_required(rule, value, path);
    if (keyword == "propertyNames") return check_names(rule, value, path);
    if (keyword == "items") return check_items(rule, value, path);
    if (keyword == "required") return check_required(rule, value, path);
    if (keyword == "properties") return check_properties(rule, value, path);
    if (keyword == "additionalProperties") return check_additional(schema, rule, value, path);
    return path + ": unknown keyword " + keyword;
  }

  static bool contains(const Json& values, const Json& value) {
    return std::find(values.begin(), values.end(), value) != values.end();
  }

  std::string check_any(const Json& rules, const Json& value, const std::string& path) const {
    std::string reasons;
    for (const Json& rule : rules) {
      const std::string wrong = check(rule, value, path);
      if (wrong.empty()) return "";
      reasons += wrong + "; ";
    }
    return reasons;
  }

  std::string check_all(const Json& rules, const Json& value, const std::string& path) const {
    for (const Json& rule : rules) {
      const std::string wrong = check(rule, value, path);
      if (!wrong.empty()) return wrong;
    }
    return "";
  }

  int count_fitting(const Json& rules, const Json& value, const std::string& path) const {
    int count = 0;
    for (const Json& rule : rules)
      count += check(rule, value, path).empty() ? 1 : 0;
    return count;
  }

  std::string check_dependent(const Json& rules, const Json& value, const std::string& path) const {
    for (const auto& [name, rule] : rules.items()) {
      if (!value.is_object() || !value.contains(name)) continue;
      const std::string wrong = check(rule, value, path);
      if (!wrong.empty()) return wrong;
    }
    return "";
  }

  static std::string check_dependent_required(const Json& rules, const Json& value,
                                              const std::string& path) {
    for (const auto& [name, names] : rules.items()) {
      if (!value.is_object() || !value.contains(name)) continue;
      const std::string wrong = check_required(names, value, path);
      if (!wrong.empty()) return wrong;
    }
    return "";
  }

  std::string check_names(const Json& rule, const Json& value, const std::string& path) const {
    if (!value.is_object()) return "";
    for (const auto& [name, member] : value.items()) {
      const std::string wrong = check(rule, Json(name), path);
      if (!wrong.empty()) return wrong;
    }
    return "";
  }

  std::string check_items(const Json& rule, const Json& value, const std::string& path) const {
    for (std::size_t i = 0; value.is_array() && i < value.size(); ++i) {
      const std::string wrong = check(rule, value[i], path + "/" + std::to_string(i));
      if (!wrong.empty()) return wrong;
    }
    return "";
  }

  static std::string check_required(const Json& names, const Json& value, const std::string& path) {
    for (const Json& name : names) {
      if (value.is_object() && !value.contains(name.get<std::string>()))
        return path + ": " + name.dump() + " is missing";
    }
    return "";
  }

  std::string check_properties(const Json& rules, const Json& value,
                               const std::string& path) const {
    for (const auto& [name, rule] : rules.items()) {
      if (!value.is_object() || !value.contains(name)) continue;
      const std::string wrong = check(rule, value[name], path + "/" + name);
      if (!wrong.empty()) return wrong;
    }
    return "";
  }

  std::string check_additional(const Json& schema, const Json& rule, const Json& value,
                               const std::string& path) const {
    if (!value.is_object()) return "";
    for (const auto& [name, member] : value.items()) {
      if (schema.contains("properties") && schema["properties"].contains(name)) continue;
      const std::string wrong = check(rule, member, path + "/" + name);
      if (!wrong.empty()) return wrong;
    }
    return "";
  }

  Json root_;
};

}  // namespace rtctl::test
