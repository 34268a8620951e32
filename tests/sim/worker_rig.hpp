// A whole worker on a loop whose time is a number, and everything it recorded.
#pragma once

#include <doctest/doctest.h>

#include <string>

#include "../support/fake_loop.hpp"
#include "../support/fake_transport.hpp"
#include "engine/worker.hpp"
#include "metrics/collector.hpp"

namespace rtctl::test {

using namespace std::chrono_literals;
using metrics::Counter;
using metrics::Metric;

/// A share of a scenario, from its YAML text.
class WorkerRig {
 public:
  explicit WorkerRig(const std::string& yaml, engine::Share share = {}) {
    auto loaded = load_scenario("target: http://server.test\n" + yaml, "test.yaml");
    if (!loaded) FAIL(loaded.error().message);
    scenario = *loaded;
    totals = std::vector<metrics::Recorder>(scenario.groups.size());
    worker = std::make_unique<engine::Worker>(
        environment, scenario,
        engine::WorkerOptions{
            .share = share, .seed = 7, .begin = TimePoint(1s), .target = scenario.target},
        [this](std::unique_ptr<engine::Page> page) { take(std::move(page)); });
  }

  /// To the end of the run, grace time included.
  void run() {
    worker->start();
    loop.advance(1s + scenario.warmup + scenario.duration + scenario.grace + 1s);
    CHECK(is_over);
  }

  metrics::Recorder& total(std::size_t group = 0) { return totals[group]; }
  std::uint64_t count(Counter counter, std::size_t group = 0) {
    return totals[group].count(counter);
  }
  Duration quantile(Metric metric, double q, std::size_t group = 0) {
    return Duration(totals[group].metric(metric).quantile(q).value_or(0));
  }
  std::uint64_t samples(Metric metric, std::size_t group = 0) {
    return totals[group].metric(metric).count();
  }

  FakeLoop loop;
  FakeTransport transport{loop};
  Random random = make_random(1, 0);
  client::Environment environment{loop, transport, random};
  Scenario scenario;
  std::vector<metrics::Recorder> totals;  ///< per group, the measured part
  std::vector<Duration> page_times;
  bool is_over = false;
  std::unique_ptr<engine::Worker> worker;

 private:
  void take(std::unique_ptr<engine::Page> page) {
    page_times.push_back(loop.now().time_since_epoch() - 1s);
    is_over = is_over || page->is_last;
    if (!page->is_warmup)
      for (std::size_t i = 0; i < totals.size(); ++i)
        totals[i].merge(page->recorders[i]);
    if (page_times.size() % 2 == 0) worker->give_back(std::move(page));
  }
};

/// An answer with a body after some time.
inline Script answer(int status, const std::string& body = "", Duration after = {}) {
  return Script().connect().head(status, {}, after).body(body).end();
}

}  // namespace rtctl::test
