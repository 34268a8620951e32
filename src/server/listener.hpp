// The sockets that wait for connections.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/poller.hpp"
#include "rtctl/result.hpp"

namespace rtctl::server {

struct ListenAddress {
  std::string host;  ///< an IP address (v6 without brackets) or "localhost"
  std::string port;
};

/// "127.0.0.1:8080", "[::1]:0", "localhost:80", ":8080" (loopback); anything else is a usage error.
Result<ListenAddress> parse_listen_address(const std::string& text);

bool is_loopback(const ListenAddress& address);

/// Accepts on the main loop.
class Listener {
 public:
  /// `fd` is non-blocking and now the callee's; `remote` is the peer's address without port.
  using Accepted = std::function<void(int fd, std::string remote)>;

  virtual ~Listener() = default;

  /// "127.0.0.1:40123" or "[::1]:40123": with the port that was found.
  virtual const std::string& address() const = 0;
  virtual void start(Poller& poller, Accepted accepted) = 0;
};

/// Binds and listens. An address in use, or not this machine's, is a usage error naming it.
Result<std::unique_ptr<Listener>> open_listener(const ListenAddress& address);

}  // namespace rtctl::server
