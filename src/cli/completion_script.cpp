#include "cli/completion_script.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace rtctl::cli {
namespace {

/// CLI11 tells the allowed values only as text: "TEXT:{bash,zsh,fish}", "{auto->0,always->1} OR
/// {0,1}".
std::vector<std::string> allowed_values(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const std::size_t open = type.find('{');
  const std::size_t close = type.find('}', open == std::string::npos ? 0 : open);
  if (open == std::string::npos || close == std::string::npos) return {};
  std::vector<std::string> values;
  for (std::string item : CLI::detail::split(type.substr(open + 1, close - open - 1), ',')) {
    item = item.substr(0, item.find("->"));
    if (!item.empty()) values.push_back(item);
  }
  return values;
}

/// The first sentence's line: shells show one line per option.
std::string one_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

CompletedOption completed(const CLI::Option& option) {
  CompletedOption result;
  for (const std::string& name : option.get_snames())
    result.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames())
    result.names.push_back("--" + name);
  result.description = one_line(option.get_description());
  result.takes_value = option.get_items_expected_max() > 0;
  if (result.takes_value) result.values = allowed_values(option);
  return result;
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
  return text;
}

/// Inside single quotes of any of the three shells.
std::string quoted(const std::string& text) {
  return replaced(text, "'", "'\\''");
}

/// Inside the brackets of a zsh _arguments specification.
std::string zsh_text(const std::string& text) {
  return quoted(replaced(replaced(replaced(text, "[", "\\["), "]", "\\]"), ":", "\\:"));
}

std::string zsh_option(const CompletedOption& option) {
  const std::string action = !option.takes_value ? ""
                             : option.values.empty()
                                 ? ":value:_files"
                                 : fmt::format(":value:({})", fmt::join(option.values, " "));
  std::string lines;
  for (const std::string& name : option.names) {
    // `--name=value` and `--name value` are both understood; the star lets an option come more than
    // once.
    const std::string form = option.takes_value && name.starts_with("--") ? name + "=" : name;
    lines += fmt::format("        '*{}[{}]{}' \\\n", form, zsh_text(option.description), action);
  }
  return lines;
}

}  // namespace

std::vector<CompletedCommand> completed_commands(const CLI::App& app) {
  std::vector<CompletedCommand> commands;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    CompletedCommand result{command->get_name(), one_line(command->get_description()), {}, {}};
    for (const CLI::Option* option : command->get_options()) {
      if (option->get_group().empty()) continue;  // hidden
      if (option->get_positional())
        result.arguments = allowed_values(*option);
      else
        result.options.push_back(completed(*option));
    }
    commands.push_back(std::move(result));
  }
  return commands;
}

std::string bash_completion(const std::vector<CompletedCommand>& commands) {
  std::string names, cases;
  for (const CompletedCommand& command : commands) {
    names += command.name + " ";
    std::string options, values;
    for (const CompletedOption& option : command.options) {
      options += fmt::format("{} ", fmt::join(option.names, " "));
      if (!option.takes_value) continue;
      values += fmt::format("        {}) ", fmt::join(option.names, "|"));
      values += option.values.empty()
                    ? "COMPREPLY=($(compgen -f -- \"$word\")); return ;;\n"
                    : fmt::format("COMPREPLY=($(compgen -W '{}' -- \"$word\")); return ;;\n",
                                  fmt::join(option.values, " "));
    }
    cases +=
        fmt::format("    {})\n      case \"$previous\" in\n{}      esac\n", command.name, values);
    cases += fmt::format("      options='{}'\n      arguments='{}' ;;\n", options,
                         fmt::join(command.arguments, " "));
  }
  return fmt::format(R"(# bash completion for rtctl; made by `rtctl completion bash`.
_rtctl() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}} command=${{COMP_WORDS[1]}}
  local options= arguments=
  COMPREPLY=()
  # --name=value comes as three words.
  if [ "$word" = = ]; then
    word=
  elif [ "$previous" = = ]; then
    previous=${{COMP_WORDS[COMP_CWORD-2]}}
  fi
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '{}--help --version' -- "$word"))
    return
  fi
  case "$command" in
{}  esac
  if [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$word"))
  elif [ -n "$arguments" ]; then
    COMPREPLY=($(compgen -W "$arguments" -- "$word"))
  else
    COMPREPLY=($(compgen -f -- "$word"))
  fi
}}
complete -o filenames -F _rtctl rtctl
)",
                     names, cases);
}

std::string zsh_completion(const std::vector<CompletedCommand>& commands) {
  std::string list, cases;
  for (const CompletedCommand& command : commands) {
    list += fmt::format("    '{}:{}'\n", command.name,
                        quoted(replaced(command.description, ":", "\\:")));
    cases += fmt::format("    {})\n      _arguments \\\n", command.name);
    for (const CompletedOption& option : command.options)
      cases += zsh_option(option);
    cases += command.arguments.empty() ? "        '*::argument:_files' ;;\n"
                                       : fmt::format("        '*::argument:({})' ;;\n",
                                                     fmt::join(command.arguments, " "));
  }
  return fmt::format(R"(#compdef rtctl
# zsh completion for rtctl; made by `rtctl completion zsh`.
_rtctl() {{
  local -a commands
  commands=(
{}  )
  if (( CURRENT == 2 )); then
    _describe 'command' commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
{}  esac
}}
# Both ways of loading work: from a folder of $fpath, and by `source`.
if [ "$funcstack[1]" = "_rtctl" ]; then _rtctl "$@"; else compdef _rtctl rtctl; fi
)",
                     list, cases);
}

std::string fish_completion(const std::vector<CompletedCommand>& commands) {
  std::string lines = "# fish completion for rtctl; made by `rtctl completion fish`.\n";
  for (const CompletedCommand& command : commands) {
    lines += fmt::format("complete -c rtctl -f -n __fish_use_subcommand -a {} -d '{}'\n",
                         command.name, quoted(command.description));
  }
  for (const CompletedCommand& command : commands) {
    const std::string seen =
        fmt::format("complete -c rtctl -n '__fish_seen_subcommand_from {}'", command.name);
    if (!command.arguments.empty())
      lines += fmt::format("{} -f -a '{}'\n", seen, fmt::join(command.arguments, " "));
    for (const CompletedOption& option : command.options) {
      lines += seen;
      for (const std::string& name : option.names) {
        lines += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      }
      if (option.takes_value)
        lines += option.values.empty() ? " -r"
                                       : fmt::format(" -x -a '{}'", fmt::join(option.values, " "));
      lines += fmt::format(" -d '{}'\n", quoted(option.description));
    }
  }
  return lines;
}

}  // namespace rtctl::cli
