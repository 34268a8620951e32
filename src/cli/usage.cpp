#include "cli/usage.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/nearest.hpp"

namespace rtctl::cli {
namespace {

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

/// CLI11 says "--format: xml not in {json,text}".
std::string in_words(const std::string& what) {
  constexpr std::string_view kNotIn = " not in {";
  const std::size_t at = what.find(kNotIn);
  if (at == std::string::npos || !what.ends_with('}')) return what;
  const std::size_t colon = what.rfind(": ", at);
  const std::size_t begin = colon == std::string::npos ? 0 : colon + 2;
  const std::string value = what.substr(begin, at - begin);
  const std::size_t list = at + kNotIn.size();
  const std::vector<std::string> allowed =
      CLI::detail::split(what.substr(list, what.size() - 1 - list), ',');
  return fmt::format("{}\"{}\" is not one of {}{}", what.substr(0, begin), value,
                     fmt::join(allowed, ", "), suggestion(value, allowed));
}

}  // namespace

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
  std::string what = in_words(error.what());
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
