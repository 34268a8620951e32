// HTTP through libcurl: proxies, HTTP/2, every TLS and authentication option. What the commands
// use, and what the load engine falls back to.
#pragma once

#include <memory>

#include "base/asio_loop.hpp"
#include "net/transport.hpp"

namespace rtctl::net {

/// Belongs to `loop` and must be destroyed before it. Several transports, each on its own loop and
/// thread, may live in one process.
std::unique_ptr<Transport> make_curl_transport(AsioLoop& loop);

}  // namespace rtctl::net
