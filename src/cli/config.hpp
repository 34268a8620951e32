// Where an option's value comes from: flag > environment (RTCTL_NAME) > config file > default.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "rtctl/result.hpp"

namespace rtctl::cli {

/// Gives every long option of the command its environment variable: --max-events reads
/// RTCTL_MAX_EVENTS. Options that have one already (RTCTL_TOKEN) keep it.
void name_environment(CLI::App& command);

/// Reads the TOML file and returns, as arguments for the chosen command, the values of options that
/// neither a flag nor the environment has set. Keys are the options' long names, at the top of the
/// file or under the command's own table ([tail]), with - or _; tables of other commands are
/// checked as well, so that a misspelt key never goes unnoticed. Errors name line and column:
/// unreadable file, no TOML, unknown table, unknown key (with a suggestion), a value that no option
/// takes.
Result<std::vector<std::string>> config_arguments(const std::string& path, const CLI::App& app,
                                                  const CLI::App& command);

}  // namespace rtctl::cli
