// An impaired TCP path: listens, and passes what it accepts to one upstream address, badly.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/asio_loop.hpp"
#include "proxy/impairment.hpp"
#include "rtctl/result.hpp"

namespace rtctl::proxy {

struct ProxyOptions {
  std::string listen = "127.0.0.1:0";  ///< HOST:PORT; port 0 picks one
  std::string upstream;                ///< HOST:PORT; the name is resolved once, at the start
  Impairment impairment;
  std::uint64_t seed = 1;                ///< of jitter, cuts and refusals
  std::size_t connections_max = 20'000;  ///< further ones are reset
};

struct ProxyCounts {
  std::uint64_t accepted = 0;
  std::uint64_t open = 0;
  std::uint64_t refused = 0;   ///< by `refuse`, by the limit, or because upstream was not there
  std::uint64_t cut = 0;       ///< by `cut_every` and `cut_after`
  std::uint64_t bytes_up = 0;  ///< client to upstream
  std::uint64_t bytes_down = 0;
};

/// Belongs to its loop. Destroying it closes all connections.
class Proxy {
 public:
  virtual ~Proxy() = default;

  /// The address that is listened on, "127.0.0.1:41234".
  virtual std::string address() const = 0;

  virtual ProxyCounts counts() const = 0;

  /// Impairs differently from now on: bytes still to come of open connections, and new connections
  /// wholly.
  virtual void set_impairment(const Impairment& impairment) = 0;
};

/// Errors: an address that cannot be parsed or resolved, or listened on. Blocks while it resolves:
/// call it before the loop runs.
Result<std::unique_ptr<Proxy>> start_proxy(AsioLoop& loop, const ProxyOptions& options);

}  // namespace rtctl::proxy
