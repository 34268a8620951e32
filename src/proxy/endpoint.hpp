// HOST:PORT texts and listening sockets of this folder.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <string>

#include "base/asio_loop.hpp"
#include "rtctl/result.hpp"

namespace rtctl::proxy {

/// "HOST:PORT" or "[IPv6]:PORT" to an address, through the resolver. Blocks.
Result<boost::asio::ip::tcp::endpoint> resolve(AsioLoop& loop, const std::string& address);

/// An acceptor that listens on `address`, or an error naming it.
Result<boost::asio::ip::tcp::acceptor> listen_on(AsioLoop& loop, const std::string& address);

/// The address that is listened on, with the port that was picked.
std::string address_of(const boost::asio::ip::tcp::acceptor& acceptor);

}  // namespace rtctl::proxy
