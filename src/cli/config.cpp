#include "cli/config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "base/file.hpp"
#include "base/nearest.hpp"

namespace rtctl::cli {
namespace {

constexpr std::uint64_t kConfigBytesMax = 1 << 20;

std::string dashed(std::string key) {
  std::ranges::replace(key, '_', '-');
  return key;
}

/// What may stand in a config file: --config itself would be circular, --help and --version do not
/// configure.
bool is_configurable(const CLI::Option* option) {
  const auto& names = option->get_lnames();
  if (names.empty()) return false;
  return names[0] != "help" && names[0] != "version" && names[0] != "config";
}

std::vector<std::string> configurable_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options(is_configurable))
    names.push_back(option->get_lnames()[0]);
  return names;
}

std::string suggestion(const std::string& word, const std::vector<std::string>& known) {
  const std::string near = nearest(word, known);
  return near.empty() ? "" : fmt::format("; did you mean \"{}\"?", near);
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  return names;
}

/// The command whose table the item stands in; the chosen one for an item at the top of the file.
Result<const CLI::App*> command_of(const CLI::ConfigItem& item, const CLI::App& app,
                                   const CLI::App& chosen) {
  if (item.parents.empty()) return &chosen;
  const std::vector<std::string> known = command_names(app);
  if (item.parents.size() > 1 || std::ranges::find(known, item.parents[0]) == known.end()) {
    const std::string table = CLI::detail::join(item.parents, ".");
    return usage_error(fmt::format("there is no table [{}]; tables are named like commands{}",
                                   table, suggestion(table, known)));
  }
  return app.get_subcommand(item.parents[0]);
}

/// CLI11 marks where a table begins and ends with items of these names.
bool is_marker(const CLI::ConfigItem& item) {
  return item.name == "++" || item.name == "--";
}

}  // namespace

void name_environment(CLI::App& command) {
  for (CLI::Option* option : command.get_options(is_configurable)) {
    if (!option->get_envname().empty()) continue;
    std::string name = "RTCTL_" + option->get_lnames()[0];
    std::ranges::transform(name, name.begin(), [](char c) {
      return c == '-' || c == '.' ? '_'
                                  : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    });
    option->envname(name);
  }
}

Result<std::vector<std::string>> config_arguments(const std::string& path, const CLI::App& app,
                                                  const CLI::App& command) {
  const auto text = read_file(path, kConfigBytesMax);
  if (!text) return tl::unexpected(text.error());
  std::istringstream stream(*text);
  std::vector<CLI::ConfigItem> items;
  try {
    items = CLI::ConfigTOML().from_config(stream);
  } catch (const CLI::Error& error) {
    return usage_error(fmt::format("{}: {}", path, error.what()));
  }
  std::vector<std::string> arguments;
  for (const CLI::ConfigItem& item : items) {
    if (is_marker(item)) continue;
    const auto owner = command_of(item, app, command);
    if (!owner) return usage_error(fmt::format("{}: {}", path, owner.error().message));
    const std::string key = dashed(item.name);
    const std::vector<std::string> known = configurable_names(**owner);
    if (std::ranges::find(known, key) == known.end()) {
      return usage_error(fmt::format("{}: \"{}\" is no option of rtctl {}{}", path, item.name,
                                     (*owner)->get_name(), suggestion(key, known)));
    }
    if (*owner != &command || command.get_option("--" + key)->count() > 0) continue;
    for (const std::string& value : item.inputs)
      arguments.push_back(fmt::format("--{}={}", key, value));
  }
  return arguments;
}

}  // namespace rtctl::cli
