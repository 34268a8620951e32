#include "server/pages.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <span>

#include "base/check.hpp"
#include "server/percent.hpp"

namespace rtctl::server {
namespace {

struct EmbeddedFile {
  const char* name;
  const char* begin;
  const char* end;
};

// What cmake/Embed.cmake put into the program.
extern "C" const EmbeddedFile rtctl_pages_table[];      // NOLINT(*-avoid-c-arrays)
extern "C" const EmbeddedFile rtctl_pages_table_end[];  // NOLINT(*-avoid-c-arrays)

constexpr std::string_view kDocument = ".html";
constexpr std::string_view kIndex = "index.html";
constexpr std::string_view kTokenParameter = "access_token";

// Script, style, images and connections of this origin only, nothing inline, no frame around it.
constexpr std::string_view kContentSecurityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

constexpr char kHexDigits[] = "0123456789abcdef";

std::string_view content_type_of(std::string_view name) {
  if (name.ends_with(kDocument)) return "text/html; charset=utf-8";
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
  if (name.ends_with(".svg")) return "image/svg+xml";
  RTCTL_CHECK(!"a page is of a kind that the server does not know");
  return {};
}

std::string path_of(std::string_view name) {
  if (name == kIndex) return "/";
  if (name.ends_with(kDocument))
    return "/" + std::string(name.substr(0, name.size() - kDocument.size()));
  return "/assets/" + std::string(name);
}

std::string etag_of(std::string_view body) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(body.data()), body.size(), digest.data());
  std::string etag = "\"";
  for (const unsigned char byte : std::span(digest).first<8>()) {
    etag += kHexDigits[byte >> 4];
    etag += kHexDigits[byte & 15];
  }
  return etag + "\"";
}

Page page_of(const EmbeddedFile& file) {
  const std::string_view name(file.name);
  const std::string_view body(file.begin, static_cast<std::size_t>(file.end - file.begin));
  return {path_of(name), content_type_of(name), body, etag_of(body), name.ends_with(kDocument)};
}

std::string without_token(const Request& request) {
  std::string target = request.path;
  char separator = '?';
  for (const auto& [name, value] : request.query) {
    if (name == kTokenParameter) continue;
    target += separator + percent_encoded(name) + "=" + percent_encoded(value);
    separator = '&';
  }
  return target;
}

}  // namespace

const std::vector<Page>& all_pages() {
  static const std::vector<Page> kPages = [] {
    std::vector<Page> pages;
    for (const EmbeddedFile& file : std::span(rtctl_pages_table, rtctl_pages_table_end))
      pages.push_back(page_of(file));
    return pages;
  }();
  return kPages;
}

const Page* find_page(std::string_view path) {
  const auto& pages = all_pages();
  const auto found = std::ranges::find(pages, path, &Page::path);
  return found == pages.end() ? nullptr : &*found;
}

Response page_response(const Page& page) {
  Response response;
  response.fields.set("Content-Type", page.content_type);
  response.fields.set("ETag", page.etag);
  response.fields.set("Cache-Control", "no-cache");  // asked for again each time, sent when changed
  response.fields.set("Content-Security-Policy", kContentSecurityPolicy);
  response.fields.set("X-Content-Type-Options", "nosniff");
  response.fields.set("X-Frame-Options", "DENY");
  response.fields.set("Referrer-Policy", "no-referrer");
  response.fields.set("Cross-Origin-Resource-Policy", "same-origin");
  response.body = page.body;
  return response;
}

std::optional<Response> move_token_to_cookie(const Request& request, bool is_tls) {
  const auto token = request.parameter(kTokenParameter);
  if (!token) return std::nullopt;
  const std::string target = without_token(request);
  Response response;
  if (request.fields.find("Sec-Fetch-Site") == "cross-site") {
    // A link on another site led here, and a redirect would count as that site's doing: the browser
    // would follow it without the strict cookie. What this page does by itself is this site's.
    response.fields.set("Refresh", "0; url=" + target);
  } else {
    response.status = 303;
    response.fields.set("Location", target);
  }
  response.fields.set("Cache-Control", "no-store");
  response.fields.set("Referrer-Policy", "no-referrer");
  // Encoded, because a cookie's value may hold neither blanks nor semicolons (RFC 6265, 4.1.1).
  response.fields.set("Set-Cookie", "rtctl_token=" + percent_encoded(*token) +
                                        "; Path=/; HttpOnly; SameSite=Strict" +
                                        (is_tls ? "; Secure" : ""));
  return response;
}

}  // namespace rtctl::server
