#include "client/redirect.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "client/url.hpp"

namespace rtctl::client {
namespace {

// Credentials, and the name of a host that the other origin is not.
constexpr std::array<std::string_view, 4> kOfOrigin{"authorization", "cookie",
                                                    "proxy-authorization", "host"};
constexpr std::array<std::string_view, 4> kAboutBody{"content-type", "content-length",
                                                     "content-encoding", "transfer-encoding"};

void remove_headers(net::Headers& headers, std::span<const std::string_view> names) {
  std::erase_if(headers, [&](const net::Header& header) {
    const net::Headers single{{header.name, ""}};
    return std::ranges::any_of(
        names, [&](std::string_view name) { return net::find_header(single, name).has_value(); });
  });
}

bool becomes_get(int status, std::string_view method) {
  if (status == 303) return method != "HEAD" && method != "GET";
  return (status == 301 || status == 302) && method == "POST";
}

}  // namespace

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

std::optional<net::Request> redirected(const net::Request& request, int status,
                                       std::string_view location) {
  const auto url = resolve_url(request.url, location);
  if (!url) return std::nullopt;
  net::Request next = request;
  next.url = *url;
  if (becomes_get(status, request.method)) {
    next.method = "GET";
    next.body.clear();
    remove_headers(next.headers, kAboutBody);
  }
  if (origin_of(request.url) != origin_of(next.url)) remove_headers(next.headers, kOfOrigin);
  return next;
}

}  // namespace rtctl::client
