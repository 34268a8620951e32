#include <arpa/inet.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "net/direct_transport.hpp"
#include "net/origin.hpp"

namespace rtctl::net {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

/// Whether no_proxy names the host or a domain it is in.
bool is_excepted(const std::string& host, std::string_view no_proxy) {
  while (!no_proxy.empty()) {
    const std::size_t end = std::min(no_proxy.find_first_of(", "), no_proxy.size());
    std::string_view entry = no_proxy.substr(0, end);
    no_proxy.remove_prefix(std::min(end + 1, no_proxy.size()));
    if (entry == "*") return true;
    if (entry.starts_with('.')) entry.remove_prefix(1);
    if (entry.empty() || !host.ends_with(entry)) continue;
    if (host.size() == entry.size() || host[host.size() - entry.size() - 1] == '.') return true;
  }
  return false;
}

/// As libcurl reads them: http_proxy in lower case only, for a CGI program gets HTTP_PROXY from its
/// client.
bool has_proxy_in_environment(const SplitUrl& url) {
  std::string proxy = url.is_https ? environment("https_proxy") + environment("HTTPS_PROXY")
                                   : environment("http_proxy");
  proxy += environment("all_proxy") + environment("ALL_PROXY");
  if (proxy.empty()) return false;
  std::string no_proxy = environment("no_proxy");
  if (no_proxy.empty()) no_proxy = environment("NO_PROXY");
  return !is_excepted(url.host, no_proxy);
}

}  // namespace

std::optional<std::string> direct_obstacle(const ChannelOptions& options, const std::string& url) {
  if (options.version == HttpVersion::http2) return "HTTP/2 is asked for";
  if (!options.proxy.empty()) return "a proxy is asked for";
  if (!options.unix_socket.empty()) return "a unix socket is asked for";
  if (options.use_netrc) return ".netrc is asked for";
  if (options.accept_compressed) return "compression is asked for";
  if (!options.source_address.empty() && !parse_address(options.source_address, 0))
    return "the source \"" + options.source_address + "\" is not an address";
  const auto split = split_url(url);
  if (!split) return "\"" + url + "\" is not a URL of http or https";
  if (!split->user_password.empty()) return "the URL holds a user name";
  if (has_proxy_in_environment(*split)) return "the environment names a proxy";
  return std::nullopt;
}

}  // namespace rtctl::net
