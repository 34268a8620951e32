// What a run needs to know before its first worker starts.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "engine/capacity.hpp"
#include "engine/impaired_path.hpp"
#include "engine/preflight.hpp"
#include "rtctl/run.hpp"

namespace rtctl::engine {

struct Setting {
  unsigned threads = 1;
  std::uint64_t seed = 0;
  TimePoint begin;
  Reached reached;
  Limits limits;
  std::vector<std::string> sources;
  std::unique_ptr<ImpairedPath> path;  ///< null: straight to the target
};

/// Looks whether the machine can do it and the target is there, raises the limit of open files and
/// starts the impaired path. Blocks. Errors: usage for limits that are too low, target otherwise.
Result<Setting> settle(const Scenario& scenario, const RunOptions& options);

}  // namespace rtctl::engine
