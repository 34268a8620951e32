// Puts the server together and takes it apart again.
#include "rtctl/server.hpp"

#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <thread>
#include <utility>

#include "server/drain.hpp"
#include "server/endpoints.hpp"
#include "server/events_endpoint.hpp"
#include "server/fanout.hpp"
#include "server/hub.hpp"
#include "server/listener.hpp"
#include "server/memory_trim.hpp"
#include "server/run_on.hpp"
#include "server/state_lock.hpp"
#include "server/state_place.hpp"
#include "server/store_service.hpp"
#include "server/worker.hpp"

namespace rtctl::server {
namespace {

constexpr std::uint64_t kReservedDescriptors = 100;  // for the store, logs and refusals
constexpr std::uint64_t kRefusalsMax = 50;           // connections beyond the limit that get a 503
constexpr int kThreadsMax = 64;

/// Raises the soft limit of open files to the hard one; returns it.
std::uint64_t raise_descriptor_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

int loops_wanted(int threads) {
  if (threads > 0) return std::min(threads, kThreadsMax);
  return std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, kThreadsMax);
}

class ServerImpl final : public Server {
 public:
  explicit ServerImpl(ServerOptions options)
      : main_loop_(make_asio_loop()),
        shared_(std::move(options)),
        context_{
            .loop = *main_loop_,
            .options = shared_.options,
            .state_dir = {},
            .registry = *shared_.metrics.registry,
            .open_streams =
                [this] { return static_cast<std::size_t>(shared_.metrics.open_streams.Value()); },
            .draining = [this] { return shared_.draining.load(std::memory_order_relaxed); }} {
    shared_.main_loop = main_loop_.get();
  }

  ~ServerImpl() override {
    listeners_.clear();
    workers_.clear();
    parts_.clear();
    events_.reset();
    store_.reset();
  }

  Result<void> open();

  const std::vector<std::string>& urls() const override { return urls_; }
  void run() override;
  void stop() override;
  void reload() override;

 private:
  Result<void> open_state();
  Result<void> open_workers();
  Result<void> open_parts();
  Result<void> open_listeners();
  void accept(int fd, std::string remote);
  void finish();

  // In order of construction: what is below uses what is above.
  // What waits in a queue may hold exchanges, which post to the loop of their connection.
  std::vector<std::unique_ptr<AsioLoop>> loops_;  // of the workers beyond the first
  std::unique_ptr<AsioLoop> main_loop_;
  ServerShared shared_;
  ServerContext context_;
  std::optional<StateLock> lock_;
  std::unique_ptr<StoreService> store_;
  std::unique_ptr<Hub> hub_;
  std::unique_ptr<EventsEndpoint> events_;
  std::vector<std::unique_ptr<Part>> parts_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::vector<std::thread> threads_;
  std::vector<std::string> urls_;
  std::uint64_t connections_max_ = 0;
  std::size_t next_worker_ = 0;
  MemoryTrim memory_trim_{*main_loop_,
                          [this] { return shared_.connections.load(std::memory_order_relaxed); },
                          trim_memory};
  Drain drain_{*main_loop_, workers_, [this] { finish(); }};
  bool is_finished_ = false;
};

Result<void> ServerImpl::open() {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  std::signal(SIGXFSZ, SIG_IGN);  // a limit of file size is an error like a full disk
  const std::uint64_t descriptors = raise_descriptor_limit();
  connections_max_ = shared_.options.connections_max;
  if (connections_max_ == 0)
    connections_max_ = descriptors > 2 * kReservedDescriptors ? descriptors - kReservedDescriptors
                                                              : descriptors / 2;
  for (const std::string& spec : shared_.options.faults) {
    auto rule = parse_fault(spec);
    if (!rule) return tl::unexpected(rule.error());
    shared_.faults.push_back(std::move(*rule));
  }
  if (!shared_.options.access_log.empty()) {
    auto log = open_access_log(shared_.options.access_log, shared_.metrics.log_lines_dropped);
    if (!log) return tl::unexpected(log.error());
    shared_.access_log = std::move(*log);
  }
  for (const auto step : {&ServerImpl::open_state, &ServerImpl::open_workers,
                          &ServerImpl::open_parts, &ServerImpl::open_listeners}) {
    if (auto done = (this->*step)(); !done) return done;
  }
  return {};
}

Result<void> ServerImpl::open_state() {
  const ServerOptions& options = shared_.options;
  const auto directory = make_state_directory(options);
  if (!directory) return tl::unexpected(directory.error());
  context_.state_dir = *directory;
  if (!directory->empty()) {
    auto lock = StateLock::take(*directory);
    if (!lock) return tl::unexpected(lock.error());
    lock_.emplace(std::move(*lock));
  }
  auto log = open_event_log({.directory = *directory,
                             .history = options.history,
                             .bytes_max = options.history_bytes_max});
  if (!log) return tl::unexpected(log.error());
  auto store = open_store_service(options, context_.state_dir, *main_loop_, context_.registry);
  if (!store) return tl::unexpected(store.error());
  store_ = std::move(*store);
  context_.store = &store_->pool();
  context_.is_store_lost = [this] { return store_->is_failing(); };
  hub_ = std::make_unique<Hub>(shared_, std::move(*log));
  return {};
}

Result<void> ServerImpl::open_workers() {
  TlsPtr tls;
  const ServerOptions& options = shared_.options;
  if (options.tls_certificate.empty() != options.tls_key.empty())
    return usage_error("--tls-cert and --tls-key belong together; one of them is missing");
  if (!options.tls_certificate.empty()) {
    auto loaded = load_tls(options.tls_certificate, options.tls_key);
    if (!loaded) return tl::unexpected(loaded.error());
    tls = std::move(*loaded);
  }
  const int count = loops_wanted(options.threads);
  for (int i = 0; i < count; ++i) {
    if (i > 0) loops_.push_back(make_asio_loop());
    auto worker = Worker::make(shared_, i == 0 ? *main_loop_ : *loops_.back(), tls);
    if (!worker) return tl::unexpected(worker.error());
    workers_.push_back(std::move(*worker));
    hub_->connect(*workers_.back());
  }
  return {};
}

Result<void> ServerImpl::open_parts() {
  events_ = std::make_unique<EventsEndpoint>(context_, *hub_);
  shared_.router.add(
      {.path = "/api/events", .methods = {"GET", "POST"}, .endpoint = events_.get()});
  for (const MakePart make : all_parts()) {
    auto part = make(context_, shared_.router);
    if (!part) return tl::unexpected(part.error());
    parts_.push_back(std::move(*part));
  }
  return {};
}

Result<void> ServerImpl::open_listeners() {
  const ServerOptions& options = shared_.options;
  const std::string scheme = options.tls_certificate.empty() ? "http://" : "https://";
  std::string all;
  for (const std::string& text : options.listen) {
    const auto address = find_listen_address(text);
    if (!address) return tl::unexpected(address.error());
    if (!address->is_loopback() && options.auth_token.empty() && !options.allow_anonymous)
      return usage_error(text +
                         " can be reached from other machines: set --auth-token (or RTCTL_TOKEN), "
                         "or say --allow-anonymous");
    auto listener = open_listener(*address);
    if (!listener) return tl::unexpected(listener.error());
    urls_.push_back(scheme + (*listener)->address());
    all += (all.empty() ? "" : ", ") + urls_.back();
    listeners_.push_back(std::move(*listener));
  }
  if (lock_) lock_->note_holder(all);
  return {};
}

void ServerImpl::accept(int fd, std::string remote) {
  const std::uint64_t open = shared_.connections.fetch_add(1, std::memory_order_relaxed);
  const SessionRole role = open < connections_max_ ? SessionRole::serve : SessionRole::refuse;
  if (role == SessionRole::refuse) shared_.metrics.connections_refused.Increment();
  if (open >= connections_max_ + kRefusalsMax) {
    shared_.connections.fetch_sub(1, std::memory_order_relaxed);
    close(fd);
    return;
  }
  Worker& worker = *workers_[next_worker_];
  next_worker_ = (next_worker_ + 1) % workers_.size();
  run_on(worker.loop(), *main_loop_, [&worker, fd, role, from = std::move(remote)]() mutable {
    worker.adopt(fd, std::move(from), role);
  });
}

void ServerImpl::run() {
  for (const auto& worker : workers_)
    worker->start(*hub_, hub_->head());
  for (std::size_t i = 0; i < loops_.size(); ++i)
    threads_.emplace_back([loop = loops_[i].get()] { loop->run(); });
  hub_->start_ticking();
  for (const auto& listener : listeners_) {
    listener->start(workers_.front()->poller(),
                    [this](int fd, std::string remote) { accept(fd, std::move(remote)); });
  }
  main_loop_->run();
  for (std::thread& thread : threads_)
    thread.join();
  threads_.clear();
}

void ServerImpl::stop() {
  main_loop_->post([this] {
    if (shared_.draining.exchange(true, std::memory_order_relaxed)) return finish();
    // The listeners stay open: who asks /readyz is told not to come.
    hub_->stop_ticking();
    drain_.begin(shared_.options.drain);
  });
}

void ServerImpl::finish() {
  if (std::exchange(is_finished_, true)) return;
  drain_.cancel();
  listeners_.clear();
  for (std::size_t i = 1; i < workers_.size(); ++i) {
    Worker& worker = *workers_[i];
    worker.loop().post([&worker] {
      worker.close_all();
      worker.loop().stop();
    });
  }
  workers_.front()->close_all();
  main_loop_->stop();
}

void ServerImpl::reload() {
  main_loop_->post([this] {
    const ServerOptions& options = shared_.options;
    if (options.tls_certificate.empty()) return;
    auto tls = load_tls(options.tls_certificate, options.tls_key);
    if (!tls) return spdlog::error("the certificate stays as it was: {}", tls.error().message);
    for (const auto& worker : workers_)
      worker->loop().post([&worker, fresh = *tls] { worker->set_tls(fresh); });
    spdlog::info("read the certificate again");
  });
}

}  // namespace
}  // namespace rtctl::server

namespace rtctl {

Result<std::unique_ptr<Server>> make_server(ServerOptions options) {
  auto server = std::make_unique<server::ServerImpl>(std::move(options));
  if (const auto opened = server->open(); !opened) return tl::unexpected(opened.error());
  return server;
}

}  // namespace rtctl
