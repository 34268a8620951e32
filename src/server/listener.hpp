// The sockets that wait for connections.
#pragma once

#include <sys/socket.h>

#include <functional>
#include <memory>
#include <string>

#include "base/poller.hpp"
#include "rtctl/result.hpp"

namespace rtctl::server {

/// Where to listen, looked up.
struct ListenAddress {
  std::string name;  ///< as it was asked for, "[::1]:0"
  sockaddr_storage socket_address;
  socklen_t length;

  /// Only this machine can reach it.
  bool is_loopback() const;
};

/// "127.0.0.1:8080", "[::1]:0", "localhost:80", ":8080" (loopback), or a name that has an address;
/// anything else is a usage error. Blocks while a name is looked up.
Result<ListenAddress> find_listen_address(const std::string& text);

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
