#include "engine/run_control.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.hpp"
#include "base/time_format.hpp"
#include "base/units.hpp"
#include "engine/clock_offset.hpp"
#include "engine/driver.hpp"
#include "engine/generator_watch.hpp"
#include "engine/setting.hpp"
#include "engine/worker_thread.hpp"
#include "metrics/collector.hpp"
#include "metrics/threshold.hpp"

namespace rtctl::engine {
namespace {

using namespace std::chrono_literals;
using metrics::Collector;

std::vector<metrics::GroupName> group_names(const Scenario& scenario) {
  std::vector<metrics::GroupName> names;
  for (const Group& group : scenario.groups)
    names.push_back({group.name, std::string(kind_name(group.kind))});
  return names;
}

class Control final : public RunControl {
 public:
  Control(AsioLoop& loop, const Scenario& scenario, const RunOptions& options, Setting setting,
          Done done)
      : loop_(&loop),
        scenario_(&scenario),
        options_(options),
        setting_(std::move(setting)),
        done_(std::move(done)),
        collector_(group_names(scenario)),
        generator_(setting_.threads, setting_.sources.size(), setting_.limits),
        started_at_(loop.wall_now()) {
    if (setting_.reached.is_same_host) {
      launch();
      return;
    }
    transport_ = make_transport(loop, Driver::curl, target());
    clock_probe_ = std::make_unique<ClockProbe>(loop, *transport_, target(), scenario.insecure,
                                                [this](std::optional<ClockEstimate> estimate) {
                                                  clock_ = estimate;
                                                  launch();
                                                });
  }

  void finish() override {
    if (workers_.empty()) launch();  // the clocks were still being compared
    if (is_finishing_) return;
    is_finishing_ = true;
    was_interrupted_ = loop_->now() < end_at();
    finished_at_ = std::min(loop_->now(), end_at());
    for (const auto& worker : workers_)
      worker->finish();
  }

 private:
  /// From here on there are users.
  void launch() {
    clock_probe_.reset();
    setting_.begin = loop_->now() + options_.start_in;
    for (unsigned i = 0; i < setting_.threads; ++i)
      start_worker(i);
    plan_second();
  }

  void start_worker(unsigned index) {
    const WorkerOptions worker{.share = {options_.share.index * setting_.threads + index,
                                         options_.share.count * setting_.threads},
                               .seed = setting_.seed,
                               .begin = setting_.begin,
                               .sources = setting_.sources,
                               .target = target(),
                               .clock_offset = clock_ ? clock_->offset : Duration(0)};
    workers_.push_back(std::make_unique<WorkerThread>(
        *loop_, *scenario_, worker, options_.driver,
        [this, index](WorkerThread& from, std::unique_ptr<Page> page) {
          take(index, from, std::move(page));
        }));
    is_warm_.push_back(scenario_->warmup == Duration(0));
  }

  /// Pages of the measured part wait until every worker has left the warm-up.
  void take(std::size_t index, WorkerThread& from, std::unique_ptr<Page> page) {
    const bool is_last = page->is_last;
    if (!page->is_warmup && !is_warm_[index]) {
      is_warm_[index] = true;
      if (all_warm()) end_warmup();
    }
    if (!page->is_warmup && !all_warm()) {
      waiting_.push_back({index, std::move(page)});
    } else {
      add(index, *page);
      from.give_back(std::move(page));
    }
    if (is_last && ++workers_done_ == workers_.size()) end();
  }

  bool all_warm() const {
    return std::ranges::all_of(is_warm_, [](bool warm) { return warm; });
  }

  void end_warmup() {
    collector_.end_warmup();
    generator_.restart();
    for (const auto& [index, page] : waiting_)
      add(index, *page);
    waiting_.clear();
  }

  void add(std::size_t thread, const Page& page) {
    for (std::size_t i = 0; i < page.recorders.size(); ++i)
      collector_.add(i, page.recorders[i]);
    generator_.add(thread, page);
  }

  void plan_second() {
    // A little after the workers turn their pages, so that a second's pages are there.
    const TimePoint due = setting_.begin + std::chrono::seconds(seconds_ + 1) + 50ms;
    second_ = loop_->at(due, [this] {
      ++seconds_;
      end_second();
      plan_second();
    });
  }

  void end_second() {
    collector_.end_second();
    generator_.sample();
    if (options_.on_progress) options_.on_progress(progress());
    if (!is_finishing_ && loop_->now() >= warm_at()) look_at_thresholds();
  }

  Progress progress() const {
    const metrics::Live live = collector_.live();
    const TimePoint now = loop_->now();
    Progress progress{.elapsed = std::min(now, end_at()) - setting_.begin,
                      .planned = end_at() - setting_.begin,
                      .users = live.users,
                      .open = live.open,
                      .events_per_second = live.events_per_second,
                      .requests_per_second = live.requests_per_second,
                      .bytes_per_second = live.bytes_per_second,
                      .errors = live.errors,
                      .quantiles_of = std::string(live.quantiles_of)};
    if (live.p50) progress.p50 = Duration(*live.p50);
    if (live.p99) progress.p99 = Duration(*live.p99);
    progress.phase = is_finishing_ || now >= end_at() ? Progress::Phase::draining
                     : now < warm_at()                ? Progress::Phase::warmup
                                                      : Progress::Phase::measuring;
    return progress;
  }

  /// The conditions that may end the run.
  void look_at_thresholds() {
    const Duration measured = loop_->now() - warm_at();
    Summary summary;
    for (const Threshold& threshold : scenario_->thresholds) {
      if (!threshold.abort || measured < threshold.after) continue;
      if (summary.groups.empty()) {
        summary = collector_.snapshot();
        summary.duration = measured;
      }
      const ThresholdResult result = metrics::evaluate(threshold, summary);
      if (result.passed || !result.measured) continue;
      aborted_by_ = &threshold;
      return finish();
    }
  }

  void end() {
    second_.cancel();
    generator_.sample();
    const bool was_measured = all_warm();
    if (!was_measured) end_warmup();  // which is all there was, and is not recorded
    collector_.end_second();
    Summary summary = collector_.summary();
    summary.name = scenario_->name;
    summary.target = scenario_->target;
    summary.version = RTCTL_VERSION;
    summary.started_at = format_rfc3339(started_at_);
    summary.seed = setting_.seed;
    const TimePoint ended = is_finishing_ ? finished_at_ : end_at();
    summary.duration = std::max(Duration(0), ended - std::min(ended, warm_at()));
    summary.warmup = scenario_->warmup;
    summary.driver = driver_text(options_.driver, *scenario_, target());
    summary.clock_basis = clock_basis();
    summary.interrupted = was_interrupted_;
    note_circumstances(summary);
    if (!was_measured)
      summary.notes.emplace_back("Ended in the warm-up: nothing of it is recorded.");
    summary.thresholds = scenario_->thresholds;
    judge(summary);
    mark_abort(summary);
    summary.generator =
        generator_.health(summary.duration, summary.total.counters[std::string("dropped")]);
    done_(std::move(summary));
  }

  const std::string& target() const {
    return setting_.path ? setting_.path->url() : scenario_->target;
  }

  std::string clock_basis() const {
    if (setting_.reached.is_same_host) return "same host";
    if (!clock_) return "none";
    return fmt::format("offset {}{} +- {}", clock_->offset < Duration(0) ? "-" : "",
                       format_latency(std::chrono::abs(clock_->offset)),
                       format_latency(clock_->bound));
  }

  void note_circumstances(Summary& summary) const {
    if (!setting_.sources.empty())
      summary.notes.push_back(fmt::format("Connections came from {} source addresses, {} to {}.",
                                          setting_.sources.size(), setting_.sources.front(),
                                          setting_.sources.back()));
    if (setting_.path) summary.notes.push_back(setting_.path->note());
    if (aborted_by_ != nullptr)
      summary.notes.push_back(fmt::format("Ended early: \"{}\" did not hold.", aborted_by_->check));
  }

  void mark_abort(Summary& summary) const {
    for (std::size_t i = 0; i < summary.results.size(); ++i)
      if (&scenario_->thresholds[i] == aborted_by_) {
        summary.results[i].aborted = true;
        summary.results[i].passed = false;
      }
  }

  TimePoint warm_at() const { return setting_.begin + scenario_->warmup; }
  TimePoint end_at() const { return warm_at() + scenario_->duration; }

  AsioLoop* loop_;
  const Scenario* scenario_;
  RunOptions options_;
  Setting setting_;
  Done done_;
  Collector collector_;
  GeneratorWatch generator_;
  WallTime started_at_;
  TimePoint finished_at_;
  std::uint64_t seconds_ = 0;
  std::size_t workers_done_ = 0;
  bool is_finishing_ = false;
  bool was_interrupted_ = false;
  const Threshold* aborted_by_ = nullptr;
  std::optional<ClockEstimate> clock_;
  std::unique_ptr<net::Transport> transport_;  ///< of the probe
  std::unique_ptr<ClockProbe> clock_probe_;
  std::vector<bool> is_warm_;
  std::vector<std::pair<std::size_t, std::unique_ptr<Page>>> waiting_;
  Timer second_;
  std::vector<std::unique_ptr<WorkerThread>> workers_;  // last: their threads end first
};

}  // namespace

Result<std::unique_ptr<RunControl>> start_run(AsioLoop& loop, const Scenario& scenario,
                                              const RunOptions& options, RunControl::Done done) {
  auto setting = settle(scenario, options);
  if (!setting) return tl::unexpected(setting.error());
  return std::make_unique<Control>(loop, scenario, options, std::move(*setting), std::move(done));
}

}  // namespace rtctl::engine
