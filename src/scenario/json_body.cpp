// Bodies written as YAML, or as a JSON file, become JSON text with holes for runtime variables.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "base/file.hpp"
#include "scenario/request.hpp"
#include "scenario/utf8.hpp"

namespace rtctl::scenario {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kFileBytesMax = std::uint64_t{8} << 20;

/// Collects literal JSON and variables into a template.
class JsonWriter {
 public:
  explicit JsonWriter(Context& context) : context_(context) {}

  void raw(std::string_view text) { literal_ += text; }

  /// A JSON string with runtime variables in it; when it is nothing but one, the variable's value.
  void text(const Template& text) {
    const bool whole = text.pieces.size() == 1 && text.pieces[0].literal.empty();
    if (whole && text.pieces[0].variable)
      return variable(*text.pieces[0].variable, Template::Form::json_value);
    raw("\"");
    for (const Template::Piece& piece : text.pieces) {
      const std::string quoted = Json(piece.literal).dump();
      raw(std::string_view(quoted).substr(1, quoted.size() - 2));
      if (piece.variable) variable(*piece.variable, Template::Form::json_string);
    }
    raw("\"");
  }

  void yaml(const Node& node) {
    switch (node.kind) {
      case Node::Kind::null:
        return raw("null");
      case Node::Kind::scalar:
        return scalar(node);
      case Node::Kind::sequence:
        raw("[");
        for (const NodePtr& item : node.items) {
          if (item != node.items.front()) raw(",");
          yaml(*item);
        }
        return raw("]");
      case Node::Kind::map:
        break;
    }
    raw("{");
    bool first = true;
    for (const Node::Entry& entry : node.entries) {
      if (!std::exchange(first, false)) raw(",");
      raw(Json(entry.key).dump() + ":");
      yaml(*entry.value);
    }
    raw("}");
  }

  /// JSON of a file; its texts may hold variables like any other. `at` is where it was named.
  void json(const Json& value, Position at) {
    if (value.is_string()) {
      Node node;
      node.kind = Node::Kind::scalar;
      node.at = at;
      node.text = value.get<std::string>();
      if (const auto filled = read_template(context_, node, "json", Template::Form::text))
        text(*filled);
    } else if (value.is_array() || value.is_object()) {
      raw(value.is_array() ? "[" : "{");
      bool first = true;
      for (const auto& [key, item] : value.items()) {
        if (!std::exchange(first, false)) raw(",");
        if (value.is_object()) raw(Json(key).dump() + ":");
        json(item, at);
      }
      raw(value.is_array() ? "]" : "}");
    } else {
      raw(value.dump());
    }
  }

  Template take() {
    if (!literal_.empty()) result_.pieces.push_back({.literal = std::move(literal_)});
    return std::move(result_);
  }

 private:
  void variable(const Variable& variable, Template::Form form) {
    result_.pieces.push_back({std::move(literal_), variable, form});
    literal_.clear();
  }

  /// Unquoted numbers, booleans and null are what they look like; all else is text.
  void scalar(const Node& node) {
    const auto filled = read_template(context_, node, "json", Template::Form::text);
    if (!filled) return;
    if (!node.quoted && filled->is_constant()) {
      const std::string plain = filled->pieces.empty() ? "" : filled->pieces[0].literal;
      const Json parsed = Json::parse(plain, nullptr, /*allow_exceptions=*/false);
      if (parsed.is_number() || parsed.is_boolean() || parsed.is_null()) return raw(plain);
    }
    text(*filled);
  }

  Context& context_;
  Template result_;
  std::string literal_;
};

std::optional<std::string> read_named_file(Context& context, const Node& node,
                                           const std::string& file) {
  auto content = read_file(context.path_of(file), kFileBytesMax);
  if (!content) {
    context.problem(node.at, content.error().message);
    return std::nullopt;
  }
  if (!is_utf8(*content)) {
    context.problem(node.at, fmt::format("{} is not UTF-8 text", context.path_of(file)));
    return std::nullopt;
  }
  return std::move(*content);
}

/// "[json.exception.parse_error.101] parse error at line 1, column 2: ..." from "line" on.
std::string place_in_file(const std::string& what) {
  const std::size_t at = what.find("line ");
  return at == std::string::npos ? what : what.substr(at);
}

std::optional<Template> read_json_file(Context& context, const Node& node) {
  const auto name = read_text(context, node, "json");
  const auto content =
      name ? read_named_file(context, node, name->substr(1)) : std::optional<std::string>();
  if (!content) return std::nullopt;
  try {
    const Json value = Json::parse(*content);
    JsonWriter writer(context);
    writer.json(value, node.at);
    return writer.take();
  } catch (const Json::exception& error) {
    context.problem(node.at, fmt::format("{} is not JSON: {}", context.path_of(name->substr(1)),
                                         place_in_file(error.what())));
    return std::nullopt;
  }
}

}  // namespace

std::optional<Template> read_json(Context& context, const Node& node) {
  if (node.kind == Node::Kind::scalar && node.text.starts_with('@'))
    return read_json_file(context, node);
  JsonWriter writer(context);
  writer.yaml(node);
  return writer.take();
}

void read_body(const ObjectReader& reader, RequestTemplate& request) {
  Context& context = reader.context();
  if (const Node* node = reader.node_of("json")) {
    if (reader.has("body")) reader.problem("body", "\"json\" and \"body\" exclude each other");
    request.body_is_json = true;
    if (auto body = read_json(context, *node)) request.body = std::move(*body);
    return;
  }
  const Node* node = reader.node_of("body");
  if (node == nullptr) return;
  if (node->kind != Node::Kind::scalar || !node->text.starts_with('@'))
    return reader.read_template("body", request.body);
  const auto name = read_text(context, *node, "body");
  if (!name) return;
  if (const auto content = read_named_file(context, *node, name->substr(1))) {
    Node file = *node;
    file.text = *content;
    if (auto body = read_template(context, file, "body", Template::Form::text))
      request.body = std::move(*body);
  }
}

}  // namespace rtctl::scenario
