// The command line: subcommands, flags shared by all, exit codes.
#pragma once

namespace rtctl::cli {

/// Parses the arguments, runs the command, returns the exit code (cli/exit_code.hpp). Never throws.
int run(int argc, char** argv);

}  // namespace rtctl::cli
