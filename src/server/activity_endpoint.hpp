// GET and POST /api/activity.
#pragma once

#include "server/endpoints.hpp"
#include "server/store_pool.hpp"

namespace rtctl::server {

/// Answers from the store; belongs to the loop.
class ActivityEndpoint final : public Endpoint, public Part {
 public:
  ActivityEndpoint(Loop& loop, StorePool& pool) : loop_(loop), pool_(pool) {}

  void handle(ExchangePtr exchange) override;

 private:
  void show(const ExchangePtr& exchange);
  void log(const ExchangePtr& exchange);

  Loop& loop_;
  StorePool& pool_;
};

Result<std::unique_ptr<Part>> make_activity(ServerContext& context, Router& router);

}  // namespace rtctl::server
