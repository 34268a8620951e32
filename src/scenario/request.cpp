#include "scenario/request.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "scenario/url.hpp"

namespace rtctl::scenario {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7F;
  });
}

/// Every entry of a mapping of names to something; a problem when it is no mapping.
template <typename Take>
void each_entry(const ObjectReader& reader, std::string_view key, Take take) {
  const Node* node = reader.node_of(key);
  if (node == nullptr) return;
  if (node->kind != Node::Kind::map)
    return reader.problem(key, fmt::format("{} must be a mapping, not {}", key, describe(*node)));
  for (const Node::Entry& entry : node->entries)
    take(entry);
}

void read_status(const ObjectReader& reader, const Node& node, std::vector<int>& out) {
  Context& context = reader.context();
  const auto text = read_text(context, node, "status");
  if (!text) return;
  const bool digits = text->size() == 3 && std::all_of(text->begin(), text->end(),
                                                       [](char c) { return c >= '0' && c <= '9'; });
  if (!digits || (*text)[0] < '1' || (*text)[0] > '5') {
    return context.problem(node.at,
                           fmt::format("status \"{}\" is not an HTTP status; write it like "
                                       "\"200\"",
                                       *text));
  }
  out.push_back(std::stoi(*text));
}

/// The name of a type, in quotes or not: a tool that writes YAML or JSON puts them where it likes.
std::optional<Expectation::JsonType> json_type_of(const Node& node) {
  if (node.kind != Node::Kind::scalar) return std::nullopt;
  const auto& types = json_type_names();
  const auto at = std::find(types.begin(), types.end(), node.text);
  if (at == types.end()) return std::nullopt;
  return static_cast<Expectation::JsonType>(at - types.begin());
}

void read_json_check(Context& context, const Node::Entry& entry, Expectation& expect) {
  if (!entry.key.empty() && !is_pointer(entry.key)) {
    return context.problem(entry.at, fmt::format("\"{}\" is not a JSON pointer; write it like "
                                                 "\"/uptime\"",
                                                 entry.key));
  }
  Expectation::Json check{.pointer = entry.key};
  const auto& types = json_type_names();
  const Node& node = *entry.value;
  if (node.kind == Node::Kind::null) {
    check.type = Expectation::JsonType::null;  // `null` unquoted is both the value and the type
  } else if (const auto type = json_type_of(node)) {
    check.type = *type;
  } else if (node.kind != Node::Kind::scalar || node.quoted) {
    const auto value = read_json(context, node);
    if (!value) return;
    if (!value->is_constant())
      return context.problem(node.at,
                             "an expected value is fixed; variables of the run cannot "
                             "stand in it");
    check.equals = value->pieces.empty() ? "\"\"" : value->pieces.front().literal;
  } else {
    const auto text = read_text(context, node, "json");
    if (!text) return;
    const auto parsed = nlohmann::json::parse(*text, nullptr, false);
    if (parsed.is_number() || parsed.is_boolean()) {
      check.equals = *text;
    } else {
      return context.problem(node.at, not_among("JSON type", *text, {types.begin(), types.end()}) +
                                          ", or a value (text in quotes)");
    }
  }
  expect.json.push_back(std::move(check));
}

}  // namespace

bool is_pointer(std::string_view text) {
  if (!text.starts_with('/')) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '~') continue;
    if (i + 1 == text.size() || (text[i + 1] != '0' && text[i + 1] != '1')) return false;
  }
  return true;
}

bool is_token(std::string_view text) {
  static constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           kMarks.find(c) != std::string_view::npos;
  });
}

void read_headers(const ObjectReader& reader, HeaderMap& headers) {
  Context& context = reader.context();
  each_entry(reader, "headers", [&](const Node::Entry& entry) {
    if (!is_token(entry.key))
      return context.problem(entry.at,
                             fmt::format("\"{}\" is not the name of a header", entry.key));
    auto value = read_template(context, *entry.value, entry.key, Template::Form::text);
    if (!value) return;
    for (const Template::Piece& piece : value->pieces) {
      if (has_control(piece.literal))
        return context.problem(entry.value->at,
                               fmt::format("header {} has a control character in it", entry.key));
    }
    headers[lower(entry.key)] = std::move(*value);
  });
}

std::vector<HeaderTemplate> header_list(const HeaderMap& headers) {
  std::vector<HeaderTemplate> list;
  for (const auto& [name, value] : headers)
    list.push_back({name, value});
  return list;
}

void read_path(const ObjectReader& reader, std::string_view key, Template& path) {
  Template value;
  reader.read_template(key, value);
  if (value.empty()) {
    // Absent, or a problem noted already; an empty text is neither.
    const Node* node = reader.node_of(key);
    if (node != nullptr && node->kind == Node::Kind::scalar && node->text.empty())
      reader.problem(key, fmt::format("{} is empty; write it like \"/api/events\"", key));
    return;
  }
  for (const Template::Piece& piece : value.pieces) {
    if (has_control(piece.literal) || piece.literal.find(' ') != std::string::npos)
      return reader.problem(key, fmt::format("{} has a space or control character in it; write "
                                             "them as %20 and the like",
                                             key));
  }
  const Template::Piece& first = value.pieces.front();
  const bool open = first.literal.empty() && first.variable;
  // Of a URL with a variable in its host or port only the beginning is known.
  const bool is_url =
      is_http_url(first.literal) || (first.variable && (first.literal.starts_with("http://") ||
                                                        first.literal.starts_with("https://")));
  if (!open && !first.literal.starts_with('/') && !is_url) {
    return reader.problem(key, fmt::format("{} \"{}\" must begin with \"/\", or be a whole http or "
                                           "https URL",
                                           key, first.literal));
  }
  path = std::move(value);
}

void read_request(const ObjectReader& reader, const HeaderMap& headers, RequestTemplate& request) {
  HeaderMap own = headers;
  read_headers(reader, own);
  request.headers = header_list(own);
  read_body(reader, request);
  reader.read("method", request.method);
  if (!is_token(request.method) ||
      std::any_of(request.method.begin(), request.method.end(),
                  [](unsigned char c) { return std::islower(c) != 0; })) {
    reader.problem("method", fmt::format("method \"{}\" is not a method; write it like \"POST\"",
                                         request.method));
  }
  read_path(reader, "path", request.path);
}

void read_expect(const ObjectReader& parent, Expectation& expect) {
  const Node* node = parent.node_of("expect");
  if (node == nullptr) return;
  Context& context = parent.context();
  const ObjectReader reader(context, *node, expect_object());
  if (const Node* status = reader.node_of("status")) {
    if (status->kind == Node::Kind::sequence) {
      for (const NodePtr& item : status->items)
        read_status(reader, *item, expect.status);
    } else {
      read_status(reader, *status, expect.status);
    }
  }
  each_entry(reader, "json",
             [&](const Node::Entry& entry) { read_json_check(context, entry, expect); });
  each_entry(reader, "headers", [&](const Node::Entry& entry) {
    if (!is_token(entry.key))
      return context.problem(entry.at,
                             fmt::format("\"{}\" is not the name of a header", entry.key));
    if (auto text = read_text(context, *entry.value, entry.key))
      expect.headers[lower(entry.key)] = std::move(*text);
  });
  reader.read("body", expect.body);
}

}  // namespace rtctl::scenario
