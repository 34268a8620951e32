// What a person sees who typed something wrong or asked for help.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

namespace rtctl::cli {

/// Help without the noise of CLI11's own: the environment's names stand in rtctl(1), not beside
/// each option.
std::shared_ptr<CLI::Formatter> make_help_formatter();

/// One or two lines for stderr: what was wrong, the nearest thing that is right, where to read on.
std::string usage_message(const CLI::App& app, const CLI::ParseError& error,
                          const std::vector<std::string>& arguments);

}  // namespace rtctl::cli
