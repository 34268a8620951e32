#include "scenario/url.hpp"

#include <algorithm>
#include <charconv>

namespace rtctl::scenario {
namespace {

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port >= 1 && port <= 65535;
}

}  // namespace

bool is_http_url(std::string_view text) {
  const std::size_t scheme = text.starts_with("http://") ? 7 : text.starts_with("https://") ? 8 : 0;
  if (scheme == 0) return false;
  text.remove_prefix(scheme);
  std::string_view authority = text.substr(0, text.find_first_of("/?#"));
  if (const auto at = authority.rfind('@'); at != std::string_view::npos)
    authority.remove_prefix(at + 1);
  std::size_t host_end = authority.find(':');
  if (authority.starts_with('[')) {
    const std::size_t bracket = authority.find(']');
    if (bracket == std::string_view::npos || bracket < 3) return false;
    host_end = bracket + 1;
  }
  const std::string_view host = authority.substr(0, host_end);
  if (host.empty() || host.find_first_of(" \t\r\n") != std::string_view::npos) return false;
  const std::string_view rest = authority.substr(std::min(host.size(), authority.size()));
  return rest.empty() || (rest.starts_with(':') && is_port(rest.substr(1)));
}

}  // namespace rtctl::scenario
