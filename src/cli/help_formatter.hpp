// How --help looks: groups as they were added, what all commands have last, 80 columns wide.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>

namespace rtctl::cli {

std::shared_ptr<CLI::Formatter> make_help_formatter();

}  // namespace rtctl::cli
