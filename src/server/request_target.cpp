#include "server/request_target.hpp"

#include <algorithm>

namespace rtctl::server {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

enum class Plus { literal, space };

std::optional<std::string> percent_decoded(std::string_view text, Plus plus) {
  const auto has = [&](char c) { return text.find(c) != std::string_view::npos; };
  if (!has('%') && (plus == Plus::literal || !has('+'))) return std::string(text);  // nearly always
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus == Plus::space) {
      decoded += ' ';
    } else if (text[i] != '%') {
      decoded += text[i];
    } else {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_value(text[i + 1]);
      const int low = hex_value(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      decoded += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return decoded;
}

/// What may stand in a target unencoded. RFC 3986 is stricter; browsers send a few more, such as
/// "|" and "^", and no fragment ever.
bool is_target_character(char c) {
  return c > ' ' && c < 0x7f && c != '#' && c != '"' && c != '<' && c != '>' && c != '\\';
}

bool is_absolute(std::string_view target) {
  const auto has_scheme = [&](std::string_view scheme) {
    return target.size() >= scheme.size() &&
           std::ranges::equal(target.substr(0, scheme.size()), scheme, {}, [](char c) {
             return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
           });
  };
  return has_scheme("http://") || has_scheme("https://");
}

/// The origin-form inside an absolute-form; empty when there is no authority.
std::string absolute_to_origin(std::string_view target) {
  target.remove_prefix(target.find("//") + 2);
  const std::size_t end = target.find_first_of("/?");
  if (end == 0 || target.empty()) return {};
  if (end == std::string_view::npos) return "/";
  return (target[end] == '?' ? "/" : "") + std::string(target.substr(end));
}

}  // namespace

bool is_utf8(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  for (std::size_t i = 0; i < text.size();) {
    const unsigned char lead = byte(i);
    if (lead < 0x80) {
      ++i;
      continue;
    }
    const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || text.size() - i < length) return false;
    // The first continuation byte is where overlong forms, surrogates and U+110000 up show.
    const unsigned char low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    const unsigned char high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (byte(i + 1) < low || byte(i + 1) > high) return false;
    for (std::size_t k = 2; k < length; ++k) {
      if ((byte(i + k) & 0xc0) != 0x80) return false;
    }
    i += length;
  }
  return true;
}

std::optional<std::vector<std::pair<std::string, std::string>>> parse_form(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> pairs;
  while (!text.empty()) {
    const std::size_t end = text.find('&');
    const std::string_view item = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (item.empty()) continue;
    const std::size_t equals = item.find('=');
    auto name = percent_decoded(item.substr(0, equals), Plus::space);
    auto value = percent_decoded(
        equals == std::string_view::npos ? std::string_view() : item.substr(equals + 1),
        Plus::space);
    if (!name || !value || !is_utf8(*name) || !is_utf8(*value)) return std::nullopt;
    pairs.emplace_back(std::move(*name), std::move(*value));
  }
  return pairs;
}

Result<RequestTarget> parse_request_target(std::string_view method, std::string_view target) {
  if (target.empty() || !std::ranges::all_of(target, is_target_character))
    return usage_error("the request target has a character that must be percent-encoded");
  if (target == "*" && method == "OPTIONS") return RequestTarget{.path = "*"};
  if (method == "CONNECT") return RequestTarget{.path = std::string(target)};
  std::string origin;
  if (is_absolute(target)) {
    origin = absolute_to_origin(target);
    if (origin.empty()) return usage_error("the request target has no host");
    target = origin;
  }
  if (!target.starts_with('/'))
    return usage_error("the request target must begin with \"/\" or be an absolute http URL");
  const std::size_t question = target.find('?');
  auto path = percent_decoded(target.substr(0, question), Plus::literal);
  if (!path || !is_utf8(*path) || path->find('\0') != std::string::npos)
    return usage_error("the path's percent-encoding is broken or not UTF-8");
  RequestTarget parsed{.path = std::move(*path)};
  if (question != std::string_view::npos) {
    auto query = parse_form(target.substr(question + 1));
    if (!query) return usage_error("the query is not form-encoded UTF-8");
    parsed.query = std::move(*query);
  }
  return parsed;
}

}  // namespace rtctl::server
