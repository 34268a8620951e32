#include "scenario/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/check.hpp"
#include "base/units.hpp"
#include "metrics/join.hpp"

namespace rtctl::scenario {
namespace {

/// `message` of the base units begins with the text in quotes; the key goes before it.
std::string with_key(std::string_view key, const std::string& message) {
  return fmt::format("{} {}", key, message);
}

Result<std::uint64_t> parse_count(std::string_view text) {
  std::uint64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || stop != text.data() + text.size())
    return usage_error(fmt::format("\"{}\" is not a whole number; write it like \"100\"", text));
  return value;
}

Result<double> parse_number(std::string_view text) {
  double value = 0;
  const auto [stop, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (text.empty() || error != std::errc{} || stop != text.data() + text.size() ||
      !std::isfinite(value))
    return usage_error(fmt::format("\"{}\" is not a number; write it like \"1.5\"", text));
  return value;
}

Result<std::uint64_t> parse_size_rate(std::string_view text) {
  if (text.ends_with("/s")) {
    if (const auto size = parse_size(text.substr(0, text.size() - 2))) return *size;
  }
  return usage_error(fmt::format("\"{}\" is not a byte rate; write it like \"256KiB/s\"", text));
}

Result<double> parse_as(Type type, std::string_view text) {
  if (type == Type::rate) return parse_rate(text);
  if (type == Type::share_or_switch && (text == "true" || text == "false"))
    return text == "true" ? 1.0 : 0.0;
  if (type == Type::share || type == Type::share_or_switch) return parse_share(text);
  return parse_number(text);
}

template <typename T, typename Parse>
Result<std::pair<T, T>> parse_range(std::string_view text, Parse parse, std::string_view example) {
  const std::size_t dots = text.find("..");
  const auto from = parse(text.substr(0, dots));
  if (!from) return tl::unexpected(from.error());
  if (dots == std::string_view::npos) return std::pair<T, T>{*from, *from};
  const auto to = parse(text.substr(dots + 2));
  if (!to)
    return usage_error(fmt::format("\"{}\" is not a range; write it like \"{}\"", text, example));
  return std::pair<T, T>{*from, *to};
}

}  // namespace

ObjectReader::ObjectReader(Context& context, const Node& node, const Object& object)
    : context_(context), node_(node), object_(object) {
  if (node.kind != Node::Kind::map) {
    context.problem(node.at,
                    fmt::format("{} must be a mapping, not {}; its keys are {}", object.article,
                                describe(node), metrics::join(object.key_names())));
    return;
  }
  for (const Node::Entry& entry : node.entries) {
    if (object.find(entry.key) == nullptr) {
      context.unknown_key(entry.at, not_among("key", entry.key, object.key_names(),
                                              fmt::format(" in {}", object.article)));
    } else if (entry.value->kind == Node::Kind::null) {
      context.problem(entry.at, fmt::format("\"{}\" has no value", entry.key));
    }
  }
  for (const Key& key : object.keys) {
    if (key.more.required && node.find(key.name) == nullptr)
      context.problem(node.at, fmt::format("{} needs \"{}\"", object.article, key.name));
  }
}

const Key& ObjectReader::key_of(std::string_view key) const {
  const Key* found = object_.find(key);
  RTCTL_CHECK(found != nullptr);
  return *found;
}

const Node* ObjectReader::node_of(std::string_view key) const {
  key_of(key);
  const Node* found = node_.kind == Node::Kind::map ? node_.find(key) : nullptr;
  return found == nullptr || found->kind == Node::Kind::null ? nullptr : found;
}

Position ObjectReader::position_of(std::string_view key) const {
  for (const Node::Entry& entry : node_.entries) {
    if (entry.key == key) return entry.at;
  }
  return node_.at;
}

void ObjectReader::problem(std::string_view key, const std::string& message) const {
  const Node* value = node_of(key);
  context_.problem(value == nullptr ? node_.at : value->at, message);
}

std::optional<std::string> ObjectReader::text_of(std::string_view key) const {
  const Node* node = node_of(key);
  return node == nullptr ? std::nullopt : read_text(context_, *node, key);
}

void ObjectReader::read(std::string_view key, std::string& out) const {
  if (auto text = text_of(key)) out = std::move(*text);
}

void ObjectReader::read(std::string_view key, nanoseconds& out) const {
  const auto text = text_of(key);
  if (!text) return;
  const auto value = parse_duration(*text);
  if (!value) return problem(key, with_key(key, value.error().message));
  if (key_of(key).more.limit == Key::Limit::positive && value->count() == 0)
    return problem(key, fmt::format("{} must be more than 0", key));
  out = *value;
}

void ObjectReader::read(std::string_view key, DurationRange& out) const {
  const auto text = text_of(key);
  if (!text) return;
  const auto range = parse_range<nanoseconds>(*text, parse_duration, "1s..3s");
  if (!range) return problem(key, with_key(key, range.error().message));
  if (range->first > range->second)
    return problem(key, fmt::format("{} \"{}\" ends before it begins", key, *text));
  if (key_of(key).more.limit == Key::Limit::positive && range->first.count() == 0)
    return problem(key, fmt::format("{} must be more than 0", key));
  out = {range->first, range->second};
}

void ObjectReader::read(std::string_view key, bool& out) const {
  const auto text = text_of(key);
  if (!text) return;
  if (*text != "true" && *text != "false")
    return problem(key, fmt::format("{} must be true or false, not \"{}\"", key, *text));
  out = *text == "true";
}

void ObjectReader::read_count(std::string_view key, std::uint64_t& out, std::uint64_t max) const {
  const auto text = text_of(key);
  if (!text) return;
  const auto value = parse_count(*text);
  if (!value) return problem(key, with_key(key, value.error().message));
  if (key_of(key).more.limit == Key::Limit::positive && *value == 0)
    return problem(key, fmt::format("{} must be at least 1", key));
  if (*value > max) return problem(key, fmt::format("{} must be at most {}", key, max));
  out = *value;
}

void ObjectReader::read_size(std::string_view key, std::uint64_t& out) const {
  const auto text = text_of(key);
  if (!text) return;
  const bool is_rate = key_of(key).type == Type::size_rate;
  const auto value = is_rate ? parse_size_rate(*text) : parse_size(*text);
  if (!value) return problem(key, with_key(key, value.error().message));
  if (key_of(key).more.limit == Key::Limit::positive && *value == 0)
    return problem(key, fmt::format("{} must be more than 0", key));
  out = *value;
}

void ObjectReader::read_number(std::string_view key, double& out) const {
  const auto text = text_of(key);
  if (!text) return;
  const Type type = key_of(key).type;
  const auto value = parse_as(type, *text);
  if (!value) return problem(key, with_key(key, value.error().message));
  if (key_of(key).more.limit == Key::Limit::positive && *value <= 0)
    return problem(key, fmt::format("{} must be more than 0", key));
  out = *value;
}

void ObjectReader::read_range(std::string_view key, double& from, double& to) const {
  const auto text = text_of(key);
  if (!text) return;
  const auto range = parse_range<double>(*text, parse_rate, "10/s..200/s");
  if (!range) return problem(key, with_key(key, range.error().message));
  from = range->first;
  to = range->second;
}

void ObjectReader::read_template(std::string_view key, Template& out) const {
  const Node* node = node_of(key);
  if (node == nullptr) return;
  const auto form = key_of(key).type == Type::path ? Template::Form::url : Template::Form::text;
  auto value = scenario::read_template(context_, *node, key, form);
  if (value) out = std::move(*value);
}

std::optional<std::size_t> ObjectReader::read_choice(std::string_view key) const {
  const auto text = text_of(key);
  if (!text) return std::nullopt;
  const auto& choices = key_of(key).more.choices;
  const auto at = std::find(choices.begin(), choices.end(), *text);
  if (at != choices.end()) return static_cast<std::size_t>(at - choices.begin());
  problem(key, not_among(key, *text, {choices.begin(), choices.end()}));
  return std::nullopt;
}

}  // namespace rtctl::scenario
