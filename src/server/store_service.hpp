// The store of a running server: opened as the options say, with its pool and its figures.
#pragma once

#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <atomic>
#include <memory>
#include <string>

#include "base/loop.hpp"
#include "rtctl/server.hpp"
#include "server/store_pool.hpp"

namespace rtctl::server {

/// What `options.store`, `ephemeral` and the state directory come to: a URL for make_store.
std::string store_url(const ServerOptions& options, const std::string& state_dir);

/// Lives on the main loop from before the first part until after the last.
class StoreService {
 public:
  StoreService(Loop& loop, std::unique_ptr<Store> store, int connections,
               prometheus::Registry& registry);

  StorePool& pool() { return *pool_; }

  /// The last transactions failed, or one hangs. The status is written every second, so it is never
  /// long out of date. Any thread.
  bool is_failing() const {
    return is_failing_.load(std::memory_order_relaxed) || pool_->is_stuck();
  }

 private:
  void note(const Transaction& transaction);
  void refresh();

  Loop& loop_;
  const int connections_;
  prometheus::Gauge& idle_;
  prometheus::Gauge& busy_;
  prometheus::Gauge& waiting_;
  prometheus::Histogram& read_seconds_;
  prometheus::Histogram& write_seconds_;
  prometheus::Histogram& writers_;
  // Set by whichever thread's transaction ends; decides about a log line and /readyz, so no order
  // with anything else hangs on it.
  std::atomic<bool> is_failing_ = false;
  std::unique_ptr<Store> store_;
  std::unique_ptr<StorePool> pool_;
  Timer timer_;
};

/// Opens the store. Errors as make_store's: one that another server holds is a usage error.
Result<std::unique_ptr<StoreService>> open_store_service(const ServerOptions& options,
                                                         const std::string& state_dir, Loop& loop,
                                                         prometheus::Registry& registry);

}  // namespace rtctl::server
