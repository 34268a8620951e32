#include "engine/worker.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace rtctl::engine {
namespace {

using namespace std::chrono_literals;

constexpr Duration kLoopWatch = 50ms;  ///< how often the loop's punctuality is looked at
constexpr Duration kEndWatch = 10ms;   ///< how often the end looks whether all answers are there
/// Streams stay this much longer than the last request, for what it caused is still on its way.
constexpr Duration kAftermath = 250ms;

Duration thread_cpu() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  const auto time = [](const timeval& value) {
    return std::chrono::seconds(value.tv_sec) + std::chrono::microseconds(value.tv_usec);
  };
  return time(usage.ru_utime) + time(usage.ru_stime);
}

}  // namespace

void Page::clear() {
  for (metrics::Recorder& recorder : recorders)
    recorder.clear();
  schedule_lag.clear();
  loop_lag.clear();
  cpu = {};
}

Worker::Worker(const client::Environment& environment, const Scenario& scenario,
               const WorkerOptions& options, HandOver hand_over)
    : site_{.environment = environment,
            .scenario = scenario,
            .seed = options.seed,
            .begin = options.begin,
            .sources = options.sources,
            .target = options.target,
            .clock_offset = options.clock_offset},
      hand_over_(std::move(hand_over)),
      page_(std::make_unique<Page>(scenario.groups.size())) {
  site_.read_clocks();
  for (std::size_t i = 0; i < scenario.groups.size(); ++i)
    groups_.push_back(
        std::make_unique<GroupRun>(site_, i, options.share, page_->recorders[i], schedule_lag_));
}

void Worker::start() {
  end_timer_ = site_.environment.loop.at(site_.begin, [this] { begin(); });
}

void Worker::begin() {
  if (phase_ != Phase::waiting) return;
  phase_ = Phase::warmup;
  if (site_.scenario.warmup == Duration(0)) measure();
  cpu_before_ = thread_cpu();
  for (const auto& group : groups_)
    group->start();
  plan_turn();
  watch_loop();
  end_timer_ = site_.environment.loop.at(end_at(), [this] { finish(); });
}

/// Pages turn at whole seconds since the begin, and when the warm-up is over.
void Worker::plan_turn() {
  TimePoint due = site_.begin + std::chrono::seconds(seconds_ + 1);
  if (phase_ == Phase::warmup) due = std::min(due, warm_at());
  turn_timer_ = site_.environment.loop.at(due, [this, due] {
    if (due == site_.begin + std::chrono::seconds(seconds_ + 1)) ++seconds_;
    turn();
  });
}

void Worker::turn() {
  site_.read_clocks();
  turn_page();
  if (phase_ == Phase::warmup && site_.now() >= warm_at()) measure();
  plan_turn();
}

void Worker::measure() {
  phase_ = Phase::measuring;
  was_measured_ = true;
}

void Worker::turn_page() {
  std::unique_ptr<Page> next = spare_ ? std::move(spare_) : std::make_unique<Page>(groups_.size());
  const TimePoint now = site_.now();
  for (std::size_t i = 0; i < groups_.size(); ++i)
    groups_[i]->ledger().turn_page(now, next->recorders[i]);
  page_->schedule_lag.merge(schedule_lag_);
  schedule_lag_.clear();
  const Duration cpu = thread_cpu();
  page_->cpu = cpu - std::exchange(cpu_before_, cpu);
  page_->is_warmup = !was_measured_;
  page_->is_last = phase_ == Phase::done;
  std::swap(page_, next);
  hand_over_(std::move(next));
}

void Worker::give_back(std::unique_ptr<Page> page) {
  page->clear();
  spare_ = std::move(page);
}

void Worker::watch_loop() {
  loop_due_ = site_.now() + kLoopWatch;
  loop_timer_ = site_.environment.loop.at(loop_due_, [this] {
    page_->loop_lag.record(site_.now() - loop_due_);
    watch_loop();
  });
}

void Worker::finish() {
  if (phase_ == Phase::winding_down || phase_ == Phase::done) return;
  phase_ = Phase::winding_down;
  wound_down_at_ = site_.now();
  for (const auto& group : groups_)
    group->wind_down();
  watch_end();
}

void Worker::watch_end() {
  const TimePoint now = site_.now();
  const bool is_over = now >= wound_down_at_ + site_.scenario.grace;
  const bool is_done =
      std::ranges::all_of(groups_, [](const auto& group) { return group->is_done(); });
  if (is_over || (is_done && now >= wound_down_at_ + kAftermath)) return end();
  end_timer_ = site_.environment.loop.after(kEndWatch, [this] { watch_end(); });
}

/// Two more pages: what was recorded to the end, and what stopping writes down. That all
/// connections are closed now is nothing that happened in the run, so the first leaves the level as
/// it was.
void Worker::end() {
  turn_timer_.cancel();
  loop_timer_.cancel();
  turn_page();
  for (const auto& group : groups_)
    group->stop();
  for (metrics::Recorder& recorder : page_->recorders)
    recorder.forget(metrics::Counter::connections_closed);
  phase_ = Phase::done;
  turn_page();
}

}  // namespace rtctl::engine
