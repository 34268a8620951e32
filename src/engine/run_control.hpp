// One run on the loop of the command: workers on their threads, the merging of what they hand over,
// thresholds that abort, the Summary at the end.
#pragma once

#include <functional>
#include <memory>

#include "base/asio_loop.hpp"
#include "rtctl/run.hpp"

namespace rtctl::engine {

/// Belongs to `loop`. Destroying it before the end ends the workers at once.
class RunControl {
 public:
  using Done = std::function<void(Summary)>;

  virtual ~RunControl() = default;

  /// Winds down early; `done` follows within the grace time. Harmless when it winds down already.
  virtual void finish() = 0;
};

/// `scenario` outlives the run. `done` is called once, on the loop; the thresholds are judged by
/// then. Errors: the target cannot be reached, the machine's limits are too low.
Result<std::unique_ptr<RunControl>> start_run(AsioLoop& loop, const Scenario& scenario,
                                              const RunOptions& options, RunControl::Done done);

}  // namespace rtctl::engine
