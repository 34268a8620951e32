// What a person sees who typed something wrong.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace rtctl::cli {

/// One or two lines for stderr: what was wrong, the nearest thing that is right, where to read on.
std::string usage_message(const CLI::App& app, const CLI::ParseError& error,
                          const std::vector<std::string>& arguments);

}  // namespace rtctl::cli
