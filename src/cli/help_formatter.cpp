#include "cli/help_formatter.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

namespace rtctl::cli {
namespace {

constexpr std::size_t kColumn = 31;  // where descriptions begin
constexpr std::size_t kWidth = 80;
constexpr const char* kCommonGroup = "Common";

/// "  LEFT      RIGHT", the right part broken into lines; below the left one when that is too long.
std::string entry(const std::string& left, const std::string& right) {
  std::string text = "  " + left;
  std::size_t at = text.size();
  std::istringstream words(right);
  bool is_first = true;
  for (std::string word; words >> word; is_first = false) {
    if (is_first && at + 2 <= kColumn) {
      text += std::string(kColumn - at, ' ');
      at = kColumn;
    } else if (is_first || at + 1 + word.size() > kWidth) {
      text += "\n" + std::string(kColumn, ' ');
      at = kColumn;
    } else {
      text += ' ';
      ++at;
    }
    text += word;
    at += word.size();
  }
  return text + "\n";
}

/// CLI11 shows the type of a value together with what checks it: "HOST:PORT", "N:POSITIVE",
/// "TEXT:{auto,always}". A list of values says it all; of the rest the type alone is for people.
std::string value_of(const CLI::Option& option) {
  std::string type = option.get_type_name();
  const std::size_t open = type.find('{');
  const std::size_t close = type.find('}');
  if (open != std::string::npos && close != std::string::npos) {
    type = type.substr(open + 1, close - open - 1);
    std::ranges::replace(type, ',', '|');
    return type;
  }
  for (const char* check :
       {":POSITIVE", ":NONNEGATIVE", ":INT in", ":UINT in", ":FLOAT in", ":FILE", ":DIR"})
    type = type.substr(0, type.find(check));
  return type == "INT" || type == "UINT" || type == "FLOAT" ? "N" : type;
}

std::string upper(std::string text) {
  for (char& c : text)
    c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

std::string left_part(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames())
    names.push_back("-" + name);
  for (const std::string& name : option.get_lnames())
    names.push_back("--" + name);
  const std::string value = option.get_items_expected_max() > 0 ? value_of(option) : "";
  return fmt::format("{}{}{}", fmt::join(names, ", "), value.empty() ? "" : " ", value);
}

std::string right_part(const CLI::Option& option) {
  const std::string& text = option.get_description();
  const auto says = [&text](const char* word) { return text.find(word) != std::string::npos; };
  std::vector<std::string> more;
  if (option.nonpositional() && option.get_items_expected_max() > 1 && !says("repeat"))
    more.emplace_back("repeatable");
  std::string value = option.get_default_str();
  std::erase_if(value, [](char c) { return c == '[' || c == ']'; });  // around a list of one
  if (!value.empty() && !says("efault")) more.push_back("default: " + value);
  return more.empty() ? text : fmt::format("{} ({})", text, fmt::join(more, "; "));
}

class HelpFormatter final : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override {
    return fmt::format("{}\n\n{}{}{}{}{}", app->get_description(), make_usage(app, std::move(name)),
                       arguments(*app), options(*app), make_subcommands(app, mode), footer(*app));
  }

  std::string make_option_name(const CLI::Option* option, bool is_positional) const override {
    return is_positional ? upper(option->get_name(true, false)) : left_part(*option);
  }

  std::string make_group(std::string title, bool is_positional,
                         std::vector<const CLI::Option*> members) const override {
    if (members.empty()) return "";
    std::string text = fmt::format("\n{}:\n", title);
    for (const CLI::Option* option : members)
      text += entry(make_option_name(option, is_positional), right_part(*option));
    return text;
  }

  std::string make_subcommand(const CLI::App* command) const override {
    return entry(command->get_name(), command->get_description());
  }

 private:
  std::string arguments(const CLI::App& app) const {
    return make_group("Arguments", true, app.get_options([](const CLI::Option* option) {
      return option->get_positional();
    }));
  }

  std::string options(const CLI::App& app) const {
    std::vector<std::string> groups = app.get_groups();
    // CLI11 adds --help first; a reader looks for what is special about the command.
    // (Clang 14 cannot compile the C++20 form with this standard library.)
    std::stable_partition(groups.begin(), groups.end(),
                          [](const std::string& name) { return name != kCommonGroup; });
    std::string text;
    for (const std::string& group : groups) {
      if (group.empty()) continue;  // hidden
      text += make_group(group, false, app.get_options([&group](const CLI::Option* option) {
        return option->nonpositional() && option->get_group() == group;
      }));
    }
    return text;
  }

  static std::string footer(const CLI::App& app) {
    std::string text = app.get_footer();
    if (text.empty()) return "";
    if (!text.ends_with('\n')) text += '\n';
    return fmt::format("\n{}{}", text.starts_with(' ') ? "Examples:\n" : "", text);
  }
};

}  // namespace

std::shared_ptr<CLI::Formatter> make_help_formatter() {
  return std::make_shared<HelpFormatter>();
}

}  // namespace rtctl::cli
