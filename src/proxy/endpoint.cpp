#include "proxy/endpoint.hpp"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>

namespace rtctl::proxy {

namespace asio = boost::asio;
using asio::ip::tcp;

Result<tcp::endpoint> resolve(AsioLoop& loop, const std::string& address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos || colon == 0) {
    return usage_error(
        fmt::format("\"{}\" is not an address; write it like \"127.0.0.1:8080\"", address));
  }
  std::string host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  tcp::resolver resolver(loop.context());
  boost::system::error_code error;
  const auto found = resolver.resolve(host, address.substr(colon + 1), error);
  if (error) return usage_error(fmt::format("cannot resolve \"{}\": {}", address, error.message()));
  return found.begin()->endpoint();
}

Result<tcp::acceptor> listen_on(AsioLoop& loop, const std::string& address) {
  const auto endpoint = resolve(loop, address);
  if (!endpoint) return tl::unexpected(endpoint.error());
  tcp::acceptor acceptor(loop.context());
  boost::system::error_code error;
  acceptor.open(endpoint->protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(*endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error)
    return fail(ErrorKind::system,
                fmt::format("cannot listen on {}: {}", address, error.message()));
  return acceptor;
}

std::string address_of(const tcp::acceptor& acceptor) {
  boost::system::error_code ignored;
  const tcp::endpoint local = acceptor.local_endpoint(ignored);
  const std::string host = local.address().to_string();
  return fmt::format("{}:{}", local.address().is_v6() ? "[" + host + "]" : host, local.port());
}

}  // namespace rtctl::proxy
