// Options whose values have units, the same way for every command: --idle-timeout 45s, --max-body
// 64KiB.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "base/time.hpp"

namespace rtctl::cli {

/// Each adds one option that parses into `target` and shows the target's present value as the
/// default. `target` must outlive the parsing. A wrong value is a usage error that says what would
/// be right.
CLI::Option* add_duration(CLI::App& app, const std::string& names, Duration& target,
                          const std::string& description);
CLI::Option* add_size(CLI::App& app, const std::string& names, std::uint64_t& target,
                      const std::string& description);
CLI::Option* add_rate(CLI::App& app, const std::string& names, double& target,
                      const std::string& description);
CLI::Option* add_share(CLI::App& app, const std::string& names, double& target,
                       const std::string& description);

/// A whole number from 1 on; unset when the option is not given.
CLI::Option* add_count(CLI::App& app, const std::string& names,
                       std::optional<std::uint64_t>& target, const std::string& description);

/// Without a default: unset when the option is not given.
CLI::Option* add_duration(CLI::App& app, const std::string& names, std::optional<Duration>& target,
                          const std::string& description);
CLI::Option* add_size(CLI::App& app, const std::string& names, std::optional<std::uint64_t>& target,
                      const std::string& description);

}  // namespace rtctl::cli
