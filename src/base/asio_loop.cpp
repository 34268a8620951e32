#include "base/asio_loop.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <optional>

namespace rtctl {
namespace {

class AsioLoopImpl final : public AsioLoop {
 public:
  ~AsioLoopImpl() override {
    // A task may own sockets, which must go before the context does.
    timers_.clear();
  }

  TimePoint now() const override { return std::chrono::steady_clock::now(); }

  WallTime wall_now() const override {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  }

  void post(Task task) override { boost::asio::post(context_, std::move(task)); }

  void run() override {
    context_.restart();
    const auto work = boost::asio::make_work_guard(context_);
    context_.run();
  }

  void stop() override { context_.stop(); }

  boost::asio::io_context& context() override { return context_; }

 private:
  TimerId arm(TimePoint due, Task task) override {
    const TimerId id = timers_.add(due, std::move(task));
    if (!running_timers_) rearm();
    return id;
  }

  void disarm(TimerId id) override { timers_.cancel(id); }

  /// Keeps the one Asio timer at the earliest due time. Waking once too often, after a cancelled
  /// timer, is cheaper than moving the Asio timer at each cancellation.
  void rearm() {
    const auto due = timers_.next_due();
    if (!due || (armed_for_ && *armed_for_ <= *due)) return;
    armed_for_ = *due;
    alarm_.expires_at(*due);
    alarm_.async_wait([this](const boost::system::error_code& error) {
      if (!error) run_due();
    });
  }

  void run_due() {
    armed_for_.reset();
    running_timers_ = true;
    // Timers that the tasks add wait for the next round, so that a task which keeps adding timers
    // in the past cannot starve the sockets.
    const TimePoint until = now();
    while (const Task task = timers_.pop_due(until))
      task();
    running_timers_ = false;
    rearm();
  }

  TimerQueue timers_;  // before the context, whose end destroys handlers that own timers
  boost::asio::io_context context_{1};
  boost::asio::steady_timer alarm_{context_};
  std::optional<TimePoint> armed_for_;
  bool running_timers_ = false;
};

}  // namespace

std::unique_ptr<AsioLoop> make_asio_loop() {
  return std::make_unique<AsioLoopImpl>();
}

}  // namespace rtctl
