// `network:`: between the users and the target stands a proxy that imitates a poor network.
#pragma once

#include <memory>
#include <string>

#include "engine/preflight.hpp"
#include "rtctl/scenario.hpp"

namespace rtctl::engine {

/// Lives on a thread of its own; destroying it ends that.
class ImpairedPath {
 public:
  virtual ~ImpairedPath() = default;

  /// What the users take as their target.
  virtual const std::string& url() const = 0;

  /// One sentence for the report.
  virtual std::string note() const = 0;
};

/// Error: an https target, whose certificate would not fit the path.
Result<std::unique_ptr<ImpairedPath>> start_impaired_path(const NetworkImpairment& network,
                                                          const std::string& target_url,
                                                          const TargetAddress& target,
                                                          std::uint64_t seed);

}  // namespace rtctl::engine
