#include "server/response_head.hpp"

#include <algorithm>
#include <array>
#include <boost/beast/http/status.hpp>
#include <charconv>

#include "server/gzip.hpp"

namespace rtctl::server {
namespace {

constexpr std::size_t kCompressFrom = 1024;  // smaller bodies gain nothing in one packet

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

template <typename Visit>
void for_each_item(std::string_view list, const Visit& visit) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    visit(trimmed(list.substr(0, comma)));
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  }
}

/// "q=0", "q=0.0" and the like.
bool is_refused(std::string_view parameters) {
  const std::size_t q = parameters.find("q=");
  if (q == std::string_view::npos) return false;
  const std::string_view value = trimmed(parameters.substr(q + 2));
  return value.starts_with('0') && value.find_first_of("123456789") == std::string_view::npos;
}

bool is_compressible(std::string_view type) {
  return type.starts_with("text/") || type.starts_with("application/json") ||
         type.starts_with("application/problem+json") ||
         type.starts_with("application/javascript") || type.starts_with("image/svg+xml");
}

/// The ETag of the gzip form, which has other bytes: `"x"` becomes `"x-gzip"`.
std::string gzip_tag(std::string_view tag) {
  if (!tag.ends_with('"')) return std::string(tag);
  return std::string(tag.substr(0, tag.size() - 1)) + "-gzip\"";
}

/// Weak comparison, as If-None-Match asks for (RFC 9110, 8.8.3.2).
std::string_view opaque(std::string_view tag) {
  return tag.starts_with("W/") ? tag.substr(2) : tag;
}

bool none_match_fails(std::string_view condition, std::string_view tag) {
  bool found = false;
  const std::string compressed = gzip_tag(tag);
  for_each_item(condition, [&](std::string_view candidate) {
    found = found || candidate == "*" || opaque(candidate) == opaque(tag) ||
            opaque(candidate) == opaque(compressed);
  });
  return found;
}

bool is_worth_compressing(const Response& response) {
  const auto type = response.fields.find("Content-Type");
  return response.body.size() > kCompressFrom && type && is_compressible(*type) &&
         !response.fields.find("Content-Encoding");
}

void compress(Response& response) {
  response.body = gzip(response.body);
  response.fields.set("Content-Encoding", "gzip");
  if (const auto tag = response.fields.find("ETag")) response.fields.set("ETag", gzip_tag(*tag));
}

void append_number(std::uint64_t number, std::string& out) {
  std::array<char, 20> digits;
  const char* end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), static_cast<std::size_t>(end - digits.data()));
}

}  // namespace

bool accepts_gzip(const Request& request) {
  bool named = false;
  bool any = false;
  bool named_refused = false;
  for (const auto& [name, value] : request.fields.all()) {
    if (!same_field_name(name, "accept-encoding")) continue;
    for_each_item(value, [&](std::string_view item) {
      const std::size_t semicolon = item.find(';');
      const std::string_view coding = trimmed(item.substr(0, semicolon));
      const bool refused =
          semicolon != std::string_view::npos && is_refused(item.substr(semicolon + 1));
      if (same_field_name(coding, "gzip") || same_field_name(coding, "x-gzip")) {
        named = named || !refused;
        named_refused = named_refused || refused;
      } else if (coding == "*") {
        any = !refused;
      }
    });
  }
  return named || (any && !named_refused);
}

void negotiate(const Request& request, Response& response) {
  if (response.stream) return;
  const bool compressible = is_worth_compressing(response);
  const bool gzipped = compressible && accepts_gzip(request);
  if (compressible) response.fields.add("Vary", "Accept-Encoding");
  const auto condition = request.fields.find("If-None-Match");
  const auto tag = response.fields.find("ETag");
  const bool is_read = request.method == "GET" || request.method == "HEAD";
  if (response.status == 200 && is_read && condition && tag && none_match_fails(*condition, *tag)) {
    response.status = 304;
    response.body.clear();
    if (gzipped) response.fields.set("ETag", gzip_tag(*tag));
    response.fields.remove("Content-Type");
    return;
  }
  if (gzipped) compress(response);
}

void append_response_head(const Response& response, const HeadFacts& facts, std::string& out) {
  const auto phrase =
      boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(response.status));
  out += "HTTP/1.1 ";
  append_number(static_cast<std::uint64_t>(response.status), out);
  out.append(" ").append(phrase.data(), phrase.size());
  out.append("\r\nDate: ").append(facts.date).append("\r\n");
  for (const auto& [name, value] : response.fields.all())
    out.append(name).append(": ").append(value).append("\r\n");
  if (facts.content_length) {
    out += "Content-Length: ";
    append_number(*facts.content_length, out);
    out += "\r\n";
  }
  if (facts.connection == ConnectionField::close) out += "Connection: close\r\n";
  if (facts.connection == ConnectionField::keep_alive) out += "Connection: keep-alive\r\n";
  out += "\r\n";
}

}  // namespace rtctl::server
