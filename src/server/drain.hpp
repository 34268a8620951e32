// The end in order: what is under way is finished, and whoever stays too long is not waited for.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "server/worker.hpp"

namespace rtctl::server {

/// Lives on the main loop, no longer than the workers.
class Drain {
 public:
  /// `over` is called on the main loop when no worker has anything under way, or time ran out.
  Drain(AsioLoop& main_loop, const std::vector<std::unique_ptr<Worker>>& workers,
        std::function<void()> over)
      : main_loop_(main_loop), workers_(workers), over_(std::move(over)) {}

  void begin(Duration within);
  void cancel();

 private:
  void ask_all();

  AsioLoop& main_loop_;
  const std::vector<std::unique_ptr<Worker>>& workers_;
  const std::function<void()> over_;
  Timer ask_again_;
  Timer end_;
  std::size_t answers_ = 0;
  bool are_done_ = true;
};

}  // namespace rtctl::server
