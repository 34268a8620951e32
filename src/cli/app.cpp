#include "cli/app.hpp"

#include <CLI/CLI.hpp>
#include <iostream>
#include <map>

#include "cli/command.hpp"
#include "cli/exit_code.hpp"

namespace rtctl::cli {
namespace {

void add_common_flags(CLI::App& command, CommonOptions& common) {
  static const std::map<std::string, CommonOptions::Color> kColors{
      {"auto", CommonOptions::Color::automatic},
      {"always", CommonOptions::Color::always},
      {"never", CommonOptions::Color::never}};
  command.add_option("--color", common.color, "Colour: auto, always or never")
      ->transform(CLI::CheckedTransformer(kColors, CLI::ignore_case))
      ->default_str("auto");
}

}  // namespace

int run(int argc, char** argv) {
  CLI::App app{"Follow, load-test and serve real-time HTTP endpoints", "rtctl"};
  app.set_version_flag("--version", "rtctl " RTCTL_VERSION);
  app.require_subcommand(1);
  CommonOptions common;
  std::function<int()> chosen;
  for (const Setup setup : std::initializer_list<Setup>{setup_completion})
    setup(app, common, chosen);
  for (CLI::App* command : app.get_subcommands({}))
    add_common_flags(*command, common);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // CLI11 has codes of its own (103 and up); to a user all of them are usage, help and version
    // excepted.
    return app.exit(error) == 0 ? exit_ok : exit_usage;
  }
  return chosen ? chosen() : exit_usage;
}

}  // namespace rtctl::cli
