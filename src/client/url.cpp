#include "client/url.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <memory>

namespace rtctl::client {
namespace {

using Handle = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

// Bytes that may not stand in a URL are percent-encoded, as browsers and curl do with redirects.
constexpr unsigned kParseFlags = CURLU_URLENCODE;

Handle make_handle() {
  return {curl_url(), &curl_url_cleanup};
}

/// A part of the URL, or "" when it has none.
std::string part(CURLU* handle, CURLUPart which, unsigned flags = 0) {
  char* raw = nullptr;
  if (curl_url_get(handle, which, &raw, flags) != CURLUE_OK) return {};
  const std::unique_ptr<char, decltype(&curl_free)> text(raw, &curl_free);
  return text.get();
}

bool is_http(CURLU* handle) {
  const std::string scheme = part(handle, CURLUPART_SCHEME);
  return scheme == "http" || scheme == "https";
}

}  // namespace

Result<ParsedUrl> parse_url(std::string_view text) {
  const auto wrong = [&](std::string_view why) {
    return usage_error(
        fmt::format("\"{}\" is not a URL rtctl can open ({}); write it like "
                    "\"http://127.0.0.1:8080/api/events\"",
                    text, why));
  };
  const Handle handle = make_handle();
  const std::string terminated(text);
  if (terminated.size() != std::string_view(terminated.c_str()).size()) return wrong("a NUL byte");
  const CURLUcode code = curl_url_set(handle.get(), CURLUPART_URL, terminated.c_str(), kParseFlags);
  if (code == CURLUE_UNSUPPORTED_SCHEME) return wrong("only http and https are known");
  if (code != CURLUE_OK) return wrong(curl_url_strerror(code));
  if (!is_http(handle.get())) return wrong("only http and https are known");
  ParsedUrl result;
  const std::string user = part(handle.get(), CURLUPART_USER, CURLU_URLDECODE);
  const std::string password = part(handle.get(), CURLUPART_PASSWORD, CURLU_URLDECODE);
  if (!user.empty() || !password.empty()) result.user_password = user + ":" + password;
  for (const CURLUPart unwanted : {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_FRAGMENT})
    curl_url_set(handle.get(), unwanted, nullptr, 0);
  result.url = part(handle.get(), CURLUPART_URL);
  return result;
}

std::optional<std::string> resolve_url(const std::string& base, std::string_view location) {
  const Handle handle = make_handle();
  if (curl_url_set(handle.get(), CURLUPART_URL, base.c_str(), kParseFlags) != CURLUE_OK)
    return std::nullopt;
  // libcurl takes an empty reference for the root; RFC 3986, section 5.2.2, for the base itself.
  const std::string target(location.substr(0, location.find('#')));
  if (!target.empty() &&
      curl_url_set(handle.get(), CURLUPART_URL, target.c_str(), kParseFlags) != CURLUE_OK)
    return std::nullopt;
  if (!is_http(handle.get())) return std::nullopt;
  for (const CURLUPart unwanted : {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_FRAGMENT})
    curl_url_set(handle.get(), unwanted, nullptr, 0);
  return part(handle.get(), CURLUPART_URL);
}

std::string origin_of(const std::string& url) {
  const Handle handle = make_handle();
  if (curl_url_set(handle.get(), CURLUPART_URL, url.c_str(), kParseFlags) != CURLUE_OK) return {};
  std::string host = part(handle.get(), CURLUPART_HOST);
  for (char& c : host)
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  return part(handle.get(), CURLUPART_SCHEME) + "://" + host + ":" +
         part(handle.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
}

std::string with_query(const std::string& url, std::string_view name, std::string_view value) {
  const Handle handle = make_handle();
  if (curl_url_set(handle.get(), CURLUPART_URL, url.c_str(), kParseFlags) != CURLUE_OK) return url;
  const std::string pair = std::string(name) + "=" + std::string(value);
  curl_url_set(handle.get(), CURLUPART_QUERY, pair.c_str(), CURLU_APPENDQUERY | CURLU_URLENCODE);
  return part(handle.get(), CURLUPART_URL);
}

}  // namespace rtctl::client
