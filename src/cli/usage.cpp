#include "cli/usage.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/nearest.hpp"

namespace rtctl::cli {
namespace {

constexpr std::size_t kColumnWidth = 34;

class HelpFormatter final : public CLI::Formatter {
 public:
  HelpFormatter() { column_width(kColumnWidth); }

  std::string make_option_opts(const CLI::Option* option) const override {
    if (option->get_type_size() == 0) return "";
    std::string text = " " + type_name(option);
    if (!option->get_default_str().empty()) text += "=" + option->get_default_str();
    if (option->get_expected_max() > 1) text += " ...";
    return text;
  }

 private:
  /// CLI11 shows what checks a value behind the type: "TEXT:{a,b}", "N:POSITIVE". A list of values
  /// says it all; of the rest the type alone is for people.
  static std::string type_name(const CLI::Option* option) {
    const std::string type = option->get_type_name();
    const std::size_t open = type.find('{');
    const std::size_t close = type.find('}');
    if (open == std::string::npos || close == std::string::npos)
      return type.substr(0, type.find(':'));
    std::string values = type.substr(open + 1, close - open - 1);
    std::ranges::replace(values, ',', '|');
    return values;
  }
};

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  return names;
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames())
      names.push_back("--" + name);
  }
  return names;
}

std::string suggestion(const std::string& word, const std::vector<std::string>& known) {
  const std::string near = nearest(word, known);
  return near.empty() ? "" : fmt::format("; did you mean {}?", near);
}

std::string wrong_command(const CLI::App& app, const std::string& word) {
  const std::vector<std::string> known = command_names(app);
  const std::string near = suggestion(word, known);
  return fmt::format("\"{}\" is no command{}", word,
                     near.empty() ? fmt::format("; there are {}", fmt::join(known, ", ")) : near);
}

/// The first argument that looks like an option the command does not have, as it was typed.
std::string unknown_option(const CLI::App& command, const std::vector<std::string>& arguments) {
  for (const std::string& argument : arguments) {
    if (argument.size() < 2 || argument[0] != '-') continue;
    const std::string name = argument.substr(0, argument.find('='));
    if (command.get_option_no_throw(name) == nullptr) return name;
  }
  return {};
}

}  // namespace

std::shared_ptr<CLI::Formatter> make_help_formatter() {
  return std::make_shared<HelpFormatter>();
}

std::string usage_message(const CLI::App& app, const CLI::ParseError& error,
                          const std::vector<std::string>& arguments) {
  const auto chosen = app.get_subcommands();
  if (chosen.empty()) {
    const bool has_word = !arguments.empty() && !arguments.front().empty();
    const std::string what = !has_word ? "a command is needed"
                             : arguments.front().front() == '-'
                                 ? fmt::format("there is no option {}", arguments.front())
                                 : wrong_command(app, arguments.front());
    return fmt::format("rtctl: {}\nTry 'rtctl --help'.\n", what);
  }
  const CLI::App& command = *chosen.front();
  std::string what = error.what();
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    const std::string option = unknown_option(command, arguments);
    if (!option.empty())
      what =
          fmt::format("there is no option {}{}", option, suggestion(option, option_names(command)));
  }
  return fmt::format("rtctl {}: {}\nTry 'rtctl {} --help'.\n", command.get_name(), what,
                     command.get_name());
}

}  // namespace rtctl::cli
