#include <curl/curl.h>

#include <charconv>

#include "net/origin.hpp"

namespace rtctl::net {
namespace {

struct UrlCleanup {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
  void operator()(char* text) const { curl_free(text); }
};

/// "" when the part is not there.
std::string part_of(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return {};
  return std::unique_ptr<char, UrlCleanup>(text).get();
}

}  // namespace

std::optional<SplitUrl> split_url(const std::string& text) {
  const std::unique_ptr<CURLU, UrlCleanup> url(curl_url());
  if (curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) return std::nullopt;
  const std::string scheme = part_of(url.get(), CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https") return std::nullopt;
  SplitUrl split{.is_https = scheme == "https"};
  split.host = part_of(url.get(), CURLUPART_HOST);
  if (split.host.starts_with('[')) split.host = split.host.substr(1, split.host.size() - 2);
  const std::string port = part_of(url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), split.port);
  if (error != std::errc() || split.host.empty() || split.port == 0) return std::nullopt;
  split.target = part_of(url.get(), CURLUPART_PATH);
  const std::string query = part_of(url.get(), CURLUPART_QUERY);
  if (!query.empty()) split.target.append("?").append(query);
  const std::string user = part_of(url.get(), CURLUPART_USER, CURLU_URLDECODE);
  const std::string password = part_of(url.get(), CURLUPART_PASSWORD, CURLU_URLDECODE);
  if (!user.empty() || !password.empty()) split.user_password = user + ":" + password;
  return split;
}

}  // namespace rtctl::net
