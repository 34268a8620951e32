#include "cli/app.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.hpp"
#include "cli/config.hpp"
#include "cli/exit_code.hpp"
#include "cli/help_formatter.hpp"
#include "cli/standard_descriptors.hpp"
#include "cli/usage.hpp"

namespace rtctl::cli {
namespace {

struct Command {
  std::string_view name;
  Setup setup;
};

// One line each, in the order of --help, so that additions do not collide.
// clang-format off
constexpr Command kCommands[] = {
    {"serve", setup_serve},
    {"tail", setup_tail},
    {"poll", setup_poll},
    {"chat", setup_chat},
    {"feed", setup_feed},
    {"bench", setup_bench},
    {"report", setup_report},
    {"proxy", setup_proxy},
    {"completion", setup_completion},
};
// clang-format on

/// Whether more than the chosen command is looked at: by help, by completion, and by the check of
/// the config file, which may have a table for each. Otherwise the others are left out: setting
/// them all up costs a client more of its start than the TLS library does.
bool needs_all_commands(const std::vector<std::string>& arguments) {
  const bool is_known =
      !arguments.empty() &&
      std::ranges::find(kCommands, arguments[0], &Command::name) != std::end(kCommands);
  const auto names_config = [](const std::string& word) { return word.starts_with("--config"); };
  return !is_known || arguments[0] == "completion" || std::getenv("RTCTL_CONFIG") != nullptr ||
         std::ranges::any_of(arguments, names_config);
}

constexpr const char* kVersion = "rtctl " RTCTL_VERSION;

void add_common_flags(CLI::App& command, CommonOptions& common) {
  static const std::map<std::string, CommonOptions::Color> kColors{
      {"auto", CommonOptions::Color::automatic},
      {"always", CommonOptions::Color::always},
      {"never", CommonOptions::Color::never}};
  command
      .add_option_function<std::string>(
          "--color", [&common](const std::string& when) { common.color = kColors.at(when); },
          "When to use colour")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->default_str("auto")
      ->group("Common");
  command
      .add_option("--config", common.config,
                  "Read options from this TOML file (flags and RTCTL_* win)")
      ->type_name("FILE")
      ->envname("RTCTL_CONFIG")
      ->group("Common");
  command.get_help_ptr()->group("Common");
  command.set_version_flag("--version", kVersion, "Print the version and exit")->group("Common");
}

/// CLI11 reads the environment for every subcommand, chosen or not; what RTCTL_COUNT means to one
/// may be nonsense to another.
void name_environment_of_chosen(CLI::App& app, const std::vector<std::string>& arguments) {
  for (CLI::App* command : app.get_subcommands({})) {
    if (std::ranges::find(arguments, command->get_name()) != arguments.end()) {
      name_environment(*command);
    } else {
      for (CLI::Option* option : command->get_options())
        option->envname("");
    }
  }
}

/// Parses once more with what the config file adds. Flags and environment were seen by the first
/// parsing, so the file speaks only where they were silent.
void apply_config(CLI::App& app, const CommonOptions& common, std::vector<std::string> arguments) {
  const CLI::App& command = *app.get_subcommands().front();
  const auto added = config_arguments(common.config, app, command);
  if (!added) throw CLI::ValidationError(added.error().message);
  arguments.insert(arguments.end(), added->begin(), added->end());
  std::ranges::reverse(arguments);  // CLI11 takes them from the back
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::ValidationError& error) {
    throw CLI::ValidationError(common.config + ": " + error.what());
  }
}

/// A required option may come from the config file, so only the parsing that has seen it decides.
void parse(CLI::App& app, const CommonOptions& common, const std::vector<std::string>& arguments) {
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    app.parse(std::move(reversed));
  } catch (const CLI::RequiredError&) {
    if (common.config.empty() || app.get_subcommands().empty()) throw;
  }
  if (!common.config.empty()) apply_config(app, common, arguments);
}

}  // namespace

int run(int argc, char** argv) {
  guard_standard_descriptors();
  CLI::App app{"Follow, load-test and serve real-time HTTP endpoints", "rtctl"};
  app.set_version_flag("--version", kVersion, "Print the version and exit");
  app.footer(
      "rtctl COMMAND --help lists a command's options, rtctl-COMMAND(1) explains them.\n"
      "Each can also come from the environment (RTCTL_IDLE_TIMEOUT=1m) or a TOML file.");
  app.require_subcommand(1);
  app.formatter(make_help_formatter());  // the subcommands inherit it
  app.get_formatter()->label("SUBCOMMAND", "COMMAND");
  CommonOptions common;
  std::function<int()> chosen;
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const bool is_for_all = needs_all_commands(arguments);
  for (const Command& command : kCommands)
    if (is_for_all || command.name == arguments[0]) command.setup(app, common, chosen);
  for (CLI::App* command : app.get_subcommands({})) {
    command->group("Commands");
    add_common_flags(*command, common);
  }
  name_environment_of_chosen(app, arguments);
  try {
    parse(app, common, arguments);
  } catch (const CLI::ParseError& error) {
    // CLI11 has exit codes of its own (103 and up); to a user all of them are usage, help and
    // version excepted.
    if (error.get_exit_code() == 0) return app.exit(error);
    std::cerr << usage_message(app, error, arguments);
    return exit_usage;
  }
  return chosen ? chosen() : exit_usage;
}

}  // namespace rtctl::cli
