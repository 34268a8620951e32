// What every endpoint is made with: the server's main loop, the options, the store, the figures.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "base/asio_loop.hpp"
#include "rtctl/server.hpp"

namespace prometheus {
class Registry;
}

namespace rtctl::server {

class StorePool;

/// Outlives all endpoints. Everything here is used on the main loop only (the registry from any).
struct ServerContext {
  AsioLoop& loop;
  const ServerOptions& options;
  std::string state_dir;           ///< exists and is writable; empty when the server is ephemeral
  prometheus::Registry& registry;  ///< for metrics of one's own; scraped from the main loop
  std::function<std::size_t()> open_streams;  ///< event streams open now, over all loops
  std::function<bool()> draining;
  StorePool* store = nullptr;           ///< set before the first endpoint is made, as the next is
  std::function<bool()> is_store_lost;  ///< its transactions fail at the moment
};

}  // namespace rtctl::server
