// Completion scripts made from the commands' own options, so that they cannot fall behind them.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace rtctl::cli {

struct CompletedOption {
  std::vector<std::string> names;  ///< as typed: "-H", "--header"
  std::string description;         ///< one line
  bool takes_value = false;
  std::vector<std::string>
      values;  ///< the allowed values where they are few; empty: files are offered
};

struct CompletedCommand {
  std::string name;
  std::string description;
  std::vector<CompletedOption> options;
  std::vector<std::string> arguments;  ///< the allowed values of its positional, where they are few
};

/// The subcommands of `app` with all their visible options.
std::vector<CompletedCommand> completed_commands(const CLI::App& app);

std::string bash_completion(const std::vector<CompletedCommand>& commands);
std::string zsh_completion(const std::vector<CompletedCommand>& commands);
std::string fish_completion(const std::vector<CompletedCommand>& commands);

}  // namespace rtctl::cli
