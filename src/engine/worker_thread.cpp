#include "engine/worker_thread.hpp"

#include "base/random.hpp"
#include "engine/driver.hpp"

namespace rtctl::engine {

WorkerThread::WorkerThread(AsioLoop& home, const Scenario& scenario, const WorkerOptions& options,
                           Driver driver, HandOver hand_over)
    : hand_over_(std::move(hand_over)), loop_(make_asio_loop()) {
  thread_ = std::thread(
      [this, &home, &scenario, options, driver] { live(home, scenario, options, driver); });
}

WorkerThread::~WorkerThread() {
  loop_->post([this] { loop_->stop(); });  // a plain stop could come before the loop runs
  thread_.join();
}

/// The whole life of the thread. What the users hold on to is destroyed after them, and all of it
/// on the thread it belongs to.
void WorkerThread::live(AsioLoop& home, const Scenario& scenario, const WorkerOptions& options,
                        Driver driver) {
  const auto transport = make_transport(*loop_, driver, options.target);
  Random random = make_random(options.seed, options.share.index);
  const client::Environment environment{*loop_, *transport, random};
  const std::weak_ptr<bool> is_here = is_here_;
  Worker worker(environment, scenario, options, [this, &home, is_here](std::unique_ptr<Page> page) {
    // std::function wants what it holds to be copyable, so the page travels in a shared_ptr.
    auto parcel = std::make_shared<std::unique_ptr<Page>>(std::move(page));
    home.post([this, is_here, parcel] {
      if (!is_here.expired()) hand_over_(*this, std::move(*parcel));
    });
  });
  worker_ = &worker;
  worker.start();
  loop_->run();
  worker_ = nullptr;
}

void WorkerThread::finish() {
  loop_->post([this] {
    if (worker_ != nullptr) worker_->finish();
  });
}

void WorkerThread::give_back(std::unique_ptr<Page> page) {
  auto parcel = std::make_shared<std::unique_ptr<Page>>(std::move(page));
  loop_->post([this, parcel] {
    if (worker_ != nullptr) worker_->give_back(std::move(*parcel));
  });
}

}  // namespace rtctl::engine
