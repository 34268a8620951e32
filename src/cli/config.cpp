#include "cli/config.hpp"

#include <fmt/format.h>

// The parser alone, in this file alone: its errors are values, and nothing is printed.
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#define TOML_ENABLE_UNRELEASED_FEATURES 0
#include <toml++/toml.h>

#include <algorithm>
#include <optional>

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

/// "file.toml:3:1: what", as compilers have it.
tl::unexpected<Error> error_at(const std::string& path, const toml::source_region& where,
                               std::string_view what) {
  return usage_error(fmt::format("{}:{}:{}: {}", path, where.begin.line, where.begin.column, what));
}

/// A scalar as a user would type it; nullopt for what no option takes.
std::optional<std::string> text_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* number = node.as_floating_point()) return fmt::format("{}", number->get());
  if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
  return std::nullopt;
}

/// The arguments that one key stands for: its value, or each of an array.
Result<std::vector<std::string>> arguments_of(const std::string& path, const CLI::Option& option,
                                              const std::string& key, const toml::node& node) {
  std::vector<std::string> arguments;
  const auto add = [&](const toml::node& value) {
    const auto text = text_of(value);
    if (!text) return false;
    if (option.get_items_expected_max() == 0) {
      arguments.push_back(fmt::format("--{}={}", key, *text));
    } else {
      arguments.insert(arguments.end(), {"--" + key, *text});
    }
    return true;
  };
  bool is_good = true;
  if (const auto* array = node.as_array()) {
    for (const toml::node& value : *array)
      is_good = is_good && add(value);
  } else {
    is_good = add(node);
  }
  if (!is_good)
    return error_at(path, node.source(),
                    fmt::format("the value of \"{}\" is no text, number, true, false or list of "
                                "such",
                                key));
  return arguments;
}

/// Adds what the keys of one table mean to its command; `is_chosen` when that is the one that runs.
/// Tables inside are left to the caller.
Result<void> add_table(const std::string& path, const toml::table& table, const CLI::App& command,
                       bool is_chosen, std::vector<std::string>& arguments) {
  const std::vector<std::string> known = configurable_names(command);
  for (const auto& [name, node] : table) {
    if (node.is_table()) continue;
    const std::string key = dashed(std::string(name.str()));
    if (std::ranges::find(known, key) == known.end()) {
      return error_at(path, name.source(),
                      fmt::format("\"{}\" is no option of rtctl {}{}", name.str(),
                                  command.get_name(), suggestion(key, known)));
    }
    const CLI::Option& option = *command.get_option("--" + key);
    const auto added = arguments_of(path, option, key, node);
    if (!added) return tl::unexpected(added.error());
    if (is_chosen && option.count() == 0)
      arguments.insert(arguments.end(), added->begin(), added->end());
  }
  return {};
}

tl::unexpected<Error> no_such_table(const std::string& path, const toml::key& name,
                                    std::string_view parent,
                                    const std::vector<std::string>& known) {
  const std::string table = fmt::format("{}{}", parent, name.str());
  return error_at(path, name.source(),
                  fmt::format("there is no table [{}]; tables are named like commands{}", table,
                              suggestion(table, known)));
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
  const toml::parse_result parsed = toml::parse(*text);
  if (!parsed) return error_at(path, parsed.error().source(), parsed.error().description());
  const toml::table& file = parsed;
  std::vector<std::string> arguments;
  const auto top = add_table(path, file, command, true, arguments);
  if (!top) return tl::unexpected(top.error());
  const std::vector<std::string> known = command_names(app);
  for (const auto& [name, node] : file) {
    const toml::table* table = node.as_table();
    if (table == nullptr) continue;
    const std::string owner(name.str());
    if (std::ranges::find(known, owner) == known.end()) return no_such_table(path, name, "", known);
    for (const auto& [inner_name, inner] : *table)
      if (inner.is_table()) return no_such_table(path, inner_name, owner + ".", known);
    const CLI::App& named = *app.get_subcommand(owner);
    const auto added = add_table(path, *table, named, &named == &command, arguments);
    if (!added) return tl::unexpected(added.error());
  }
  return arguments;
}

}  // namespace rtctl::cli
