// GET /api/status, refreshed once a second.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "server/endpoints.hpp"
#include "server/store_pool.hpp"

namespace rtctl::server {

/// Once a second it notes its own figures in the store, reads all servers' back and makes the
/// answer that every request gets until the next time. While the store is away the answer is 503.
/// Belongs to the loop.
class StatusEndpoint final : public Endpoint, public Part {
 public:
  StatusEndpoint(Loop& loop, StorePool& pool, std::function<std::size_t()> open_streams);

  void handle(ExchangePtr exchange) override;

 private:
  void sample();
  void sampled(const Result<std::string>& json);

  Loop& loop_;
  StorePool& pool_;
  const std::function<std::size_t()> open_streams_;
  const std::string server_;  // its name among the servers of a shared store
  const WallTime started_at_;
  Response answer_;
  bool is_sampled_ = false;
  std::vector<ExchangePtr> early_;  // asked before the first sample, which takes milliseconds
  Timer timer_;
};

Result<std::unique_ptr<Part>> make_status(ServerContext& context, Router& router);

}  // namespace rtctl::server
