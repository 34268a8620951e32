#include "server/store_service.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace rtctl::server {
namespace {

constexpr auto kRefreshEvery = std::chrono::milliseconds(250);

prometheus::Gauge& connections(prometheus::Registry& registry, const char* state) {
  return prometheus::BuildGauge()
      .Name("rtctl_store_connections")
      .Help("Connections to the store, by what they do")
      .Register(registry)
      .Add({{"state", state}});
}

prometheus::Histogram& seconds(prometheus::Registry& registry, const char* kind) {
  return prometheus::BuildHistogram()
      .Name("rtctl_store_seconds")
      .Help("How long transactions took, commit included")
      .Register(registry)
      .Add({{"kind", kind}}, prometheus::Histogram::BucketBoundaries{0.0001, 0.0005, 0.001, 0.005,
                                                                     0.01, 0.05, 0.1, 0.5, 1, 5});
}

}  // namespace

std::string store_url(const ServerOptions& options, const std::string& state_dir) {
  if (!options.store.empty()) return options.store;
  return options.ephemeral ? "memory" : "sqlite:" + state_dir + "/store.db";
}

StoreService::StoreService(Loop& loop, std::unique_ptr<Store> store, int connection_count,
                           prometheus::Registry& registry)
    : loop_(loop),
      connections_(connection_count),
      idle_(connections(registry, "idle")),
      busy_(connections(registry, "busy")),
      waiting_(prometheus::BuildGauge()
                   .Name("rtctl_store_waiting")
                   .Help("Transactions that wait for a connection")
                   .Register(registry)
                   .Add({})),
      read_seconds_(seconds(registry, "read")),
      write_seconds_(seconds(registry, "write")),
      writers_(prometheus::BuildHistogram()
                   .Name("rtctl_store_writers_per_commit")
                   .Help("Writers that shared one commit")
                   .Register(registry)
                   .Add({}, prometheus::Histogram::BucketBoundaries{1, 2, 5, 10, 50, 100, 500})),
      store_(std::move(store)) {
  StorePoolOptions pool_options;
  pool_options.threads = connection_count;
  pool_options.on_transaction = [this](const Transaction& transaction) { note(transaction); };
  pool_ = std::make_unique<StorePool>(loop, *store_, std::move(pool_options));
  refresh();
}

// On the pool's threads: prometheus-cpp's histograms may be used from any. An outage is logged when
// it begins and when it ends, not for every request that it hits.
void StoreService::note(const Transaction& transaction) {
  const double seconds_taken = std::chrono::duration<double>(transaction.took).count();
  const bool is_read = transaction.writers == 0;
  (is_read ? read_seconds_ : write_seconds_).Observe(seconds_taken);
  if (!is_read) writers_.Observe(static_cast<double>(transaction.writers));
  const bool has_failed = !transaction.result;
  if (has_failed && !is_failing_.exchange(true)) {
    spdlog::error("the store fails, clients get 503: {}", transaction.result.error().message);
  }
  // Only a write shows that all is well again: a full disk can still be read.
  if (!has_failed && !is_read && is_failing_.exchange(false)) spdlog::info("the store is back");
}

void StoreService::refresh() {
  const auto busy = static_cast<double>(pool_->busy());
  busy_.Set(busy);
  idle_.Set(connections_ - busy);
  waiting_.Set(static_cast<double>(pool_->waiting()));
  timer_ = loop_.after(kRefreshEvery, [this] { refresh(); });
}

Result<std::unique_ptr<StoreService>> open_store_service(const ServerOptions& options,
                                                         const std::string& state_dir, Loop& loop,
                                                         prometheus::Registry& registry) {
  const int connections = std::max(1, options.store_connections);
  auto store = make_store({.url = store_url(options, state_dir),
                           .connections = connections,
                           .is_shared = options.bus != "local"});
  if (!store) return tl::unexpected(store.error());
  return std::make_unique<StoreService>(loop, std::move(*store), connections, registry);
}

}  // namespace rtctl::server
