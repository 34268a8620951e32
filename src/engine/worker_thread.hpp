// A worker with the thread, the loop and the transport it lives on.
#pragma once

#include <memory>
#include <thread>

#include "base/asio_loop.hpp"
#include "engine/worker.hpp"
#include "rtctl/run.hpp"

namespace rtctl::engine {

/// Belongs to the run's loop, as does everything it calls back. Destroying it ends the worker at
/// once.
class WorkerThread {
 public:
  using HandOver = std::function<void(WorkerThread&, std::unique_ptr<Page>)>;

  /// `hand_over` is called on `home`.
  WorkerThread(AsioLoop& home, const Scenario& scenario, const WorkerOptions& options,
               Driver driver, HandOver hand_over);
  ~WorkerThread();

  void finish();
  void give_back(std::unique_ptr<Page> page);

 private:
  void live(AsioLoop& home, const Scenario& scenario, const WorkerOptions& options, Driver driver);

  HandOver hand_over_;
  std::shared_ptr<bool> is_here_ =
      std::make_shared<bool>(true);  ///< what is on its way home asks it
  std::unique_ptr<AsioLoop> loop_;
  Worker* worker_ = nullptr;  ///< touched on the thread only; null before and after its life
  std::thread thread_;
};

}  // namespace rtctl::engine
