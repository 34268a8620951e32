#include "net/request_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>

namespace rtctl::net {
namespace {

/// RFC 9110, section 5.6.2.
bool is_token(std::string_view text) {
  static constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  const auto is_token_char = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kMarks.find(c) != std::string_view::npos;
  };
  return !text.empty() && std::ranges::all_of(text, is_token_char);
}

bool breaks_line(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

bool same(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

bool knows_coding(std::string_view coding, Decoding decoding) {
  if (coding.empty() || same(coding, "identity")) return true;
  if (decoding == Decoding::none) return false;
  constexpr std::string_view kCodings[] = {"gzip", "x-gzip", "deflate", "br", "zstd"};
  return std::ranges::any_of(kCodings, [&](std::string_view known) { return same(coding, known); });
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

}  // namespace

std::optional<std::string> request_problem(const Request& request) {
  const std::string_view url = request.url;
  const std::string_view scheme = url.substr(0, std::min(url.find("://"), url.size()));
  if (!same(scheme, "http") && !same(scheme, "https"))
    return fmt::format("\"{}\" is not a URL of http or https", url);
  if (!is_token(request.method))
    return fmt::format("\"{}\" is not a request method", request.method);
  for (const Header& header : request.headers) {
    if (!is_token(header.name)) return fmt::format("\"{}\" is not a header name", header.name);
    if (breaks_line(header.value))
      return fmt::format("the value of the header {} holds a line break or NUL", header.name);
  }
  return std::nullopt;
}

bool has_sane_length(const Headers& headers) {
  std::optional<std::uint64_t> length;
  for (const Header& header : headers) {
    if (!same(header.name, "content-length")) continue;
    const std::string& text = header.value;
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return false;
    if (value > std::numeric_limits<std::int64_t>::max() || value != length.value_or(value))
      return false;
    length = value;
  }
  return true;
}

bool knows_content_encoding(const Headers& headers, Decoding decoding) {
  for (const Header& header : headers) {
    if (!same(header.name, "content-encoding")) continue;
    std::string_view rest = header.value;
    while (!rest.empty()) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      if (!knows_coding(trim(rest.substr(0, comma)), decoding)) return false;
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  }
  return true;
}

bool may_have_body(std::string_view method, int status) {
  return method != "HEAD" && status != 204 && status != 304;
}

}  // namespace rtctl::net
