// One worker: one loop with its users of every group, its recorders, its own health.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "engine/group_run.hpp"
#include "engine/site.hpp"

namespace rtctl::engine {

/// What a worker hands over once a second: everything that was recorded since the last time.
struct Page {
  std::vector<metrics::Recorder> recorders;  ///< one per group of the scenario
  metrics::Histogram schedule_lag;           ///< how late planned starts were
  metrics::Histogram loop_lag;               ///< how late the loop's own timer was
  Duration cpu{};                            ///< that the worker's thread used
  bool is_warmup = false;                    ///< recorded before the measured part, or without one
  bool is_last = false;                      ///< the worker is done

  explicit Page(std::size_t groups) : recorders(groups) {}
  void clear();
};

struct WorkerOptions {
  Share share;
  std::uint64_t seed = 0;
  TimePoint begin;  ///< of the run; the same instant for all workers
  std::vector<std::string> sources;
  std::string target;
  Duration clock_offset{};
};

/// Belongs to its loop; may run on a loop whose time is a number.
class Worker {
 public:
  using HandOver = std::function<void(std::unique_ptr<Page>)>;

  /// `scenario` outlives the worker. `hand_over` is called on the worker's loop.
  Worker(const client::Environment& environment, const Scenario& scenario,
         const WorkerOptions& options, HandOver hand_over);

  /// The run begins at the planned instant and ends by itself with a last page.
  void start();

  /// Ends it now: no new work, answers are awaited for the grace time.
  void finish();

  /// A page that was read, to be written on again. Optional: without it a new one is made.
  void give_back(std::unique_ptr<Page> page);

 private:
  enum class Phase { waiting, warmup, measuring, winding_down, done };

  void begin();
  void plan_turn();
  void turn();
  void measure();
  void turn_page();
  void watch_loop();
  void watch_end();
  void end();
  TimePoint warm_at() const { return site_.begin + site_.scenario.warmup; }
  TimePoint end_at() const { return warm_at() + site_.scenario.duration; }

  Site site_;
  HandOver hand_over_;
  std::unique_ptr<Page> page_;
  std::unique_ptr<Page> spare_;
  std::vector<std::unique_ptr<GroupRun>> groups_;
  Phase phase_ = Phase::waiting;
  bool was_measured_ = false;  ///< the warm-up was over before the end
  Duration cpu_before_{};
  TimePoint wound_down_at_;
  TimePoint loop_due_;
  std::uint64_t seconds_ = 0;
  Timer turn_timer_;
  Timer loop_timer_;
  Timer end_timer_;
  metrics::Histogram schedule_lag_;
};

}  // namespace rtctl::engine
