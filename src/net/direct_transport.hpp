// HTTP/1.1 of rtctl's own: what the load engine uses, for an idle stream costs a few hundred bytes
// and a request a third of libcurl's time.
//
// libcurl resolves the names and opens the first connection to each; later ones connect to the
// address it found. TLS is OpenSSL's, on the same sockets: a libcurl handle per TLS connection, as
// its CONNECT_ONLY mode would need, costs 12 KB each and gives nothing that matters here.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/asio_loop.hpp"
#include "net/transport.hpp"

namespace rtctl::net {

/// What keeps the direct driver from doing this (HTTP/2, a proxy, compression ...), for the report;
/// nullopt when nothing does. The curl driver can do all of it.
std::optional<std::string> direct_obstacle(const ChannelOptions& options, const std::string& url);

inline bool direct_supports(const ChannelOptions& options, const Request& request) {
  return !direct_obstacle(options, request.url).has_value();
}

/// Belongs to `loop` and must be destroyed before it. A request that it cannot do ends in
/// OutcomeKind::unsupported.
std::unique_ptr<Transport> make_direct_transport(AsioLoop& loop);

}  // namespace rtctl::net
