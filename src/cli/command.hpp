// How a command joins the program: its file adds a CLI11 subcommand and says what running it does.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

namespace rtctl::cli {

/// Flags that every command has, filled in before the command runs.
struct CommonOptions {
  enum class Color { automatic, always, never };
  Color color = Color::automatic;
  std::string config;  ///< path of the TOML file; empty when none was named
};

/// Adds the subcommand to `app`. When the user chose it, `chosen` becomes the function that runs it
/// and returns the exit code. One such function per command, in a file of the command's name.
using Setup = void (*)(CLI::App& app, CommonOptions& common, std::function<int()>& chosen);

void setup_serve(CLI::App& app, CommonOptions& common, std::function<int()>& chosen);
void setup_tail(CLI::App& app, CommonOptions& common, std::function<int()>& chosen);
void setup_poll(CLI::App& app, CommonOptions& common, std::function<int()>& chosen);
void setup_chat(CLI::App& app, CommonOptions& common, std::function<int()>& chosen);
void setup_feed(CLI::App& app, CommonOptions& common, std::function<int()>& chosen);
void setup_bench(CLI::App& app, CommonOptions& common, std::function<int()>& chosen);
void setup_report(CLI::App& app, CommonOptions& common, std::function<int()>& chosen);
void setup_completion(CLI::App& app, CommonOptions& common, std::function<int()>& chosen);
void setup_proxy(CLI::App& app, CommonOptions& common, std::function<int()>& chosen);

}  // namespace rtctl::cli
