#include "cli/values.hpp"

#include <fmt/format.h>

#include <charconv>

#include "base/units.hpp"

namespace rtctl::cli {
namespace {

/// An option read by `parse`, whose message becomes the usage error.
template <typename T, typename Target>
CLI::Option* add_parsed(CLI::App& app, const std::string& names, Target& target,
                        Result<T> (*parse)(std::string_view), const std::string& description,
                        const char* type) {
  const std::string name = names.substr(names.find("--"));
  const auto assign = [&target, parse, name](const std::string& text) {
    const Result<T> value = parse(text);
    if (!value) throw CLI::ValidationError(name, value.error().message);
    target = *value;
  };
  return app.add_option_function<std::string>(names, assign, description)->type_name(type);
}

std::string format_number(double value, const char* unit) {
  return fmt::format("{:g}{}", value, unit);
}

Result<std::uint64_t> parse_count(std::string_view text) {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  if (parsed.ec != std::errc() || parsed.ptr != end || value == 0)
    return usage_error(fmt::format("\"{}\" is not a count; write a whole number from 1 on", text));
  return value;
}

/// Sizes in a form that parse_size reads back: "64KiB".
std::string compact_size(std::uint64_t bytes) {
  std::string text = format_size(bytes);
  std::erase(text, ' ');
  return text;
}

}  // namespace

CLI::Option* add_duration(CLI::App& app, const std::string& names, Duration& target,
                          const std::string& description) {
  return add_parsed(app, names, target, parse_duration, description, "DURATION")
      ->default_str(format_duration(target));
}

CLI::Option* add_size(CLI::App& app, const std::string& names, std::uint64_t& target,
                      const std::string& description) {
  return add_parsed(app, names, target, parse_size, description, "SIZE")
      ->default_str(compact_size(target));
}

CLI::Option* add_rate(CLI::App& app, const std::string& names, double& target,
                      const std::string& description) {
  return add_parsed(app, names, target, parse_rate, description, "RATE")
      ->default_str(format_number(target, "/s"));
}

CLI::Option* add_share(CLI::App& app, const std::string& names, double& target,
                       const std::string& description) {
  return add_parsed(app, names, target, parse_share, description, "SHARE")
      ->default_str(format_number(target * 100, "%"));
}

CLI::Option* add_duration(CLI::App& app, const std::string& names, std::optional<Duration>& target,
                          const std::string& description) {
  return add_parsed(app, names, target, parse_duration, description, "DURATION");
}

CLI::Option* add_size(CLI::App& app, const std::string& names, std::optional<std::uint64_t>& target,
                      const std::string& description) {
  return add_parsed(app, names, target, parse_size, description, "SIZE");
}

CLI::Option* add_count(CLI::App& app, const std::string& names,
                       std::optional<std::uint64_t>& target, const std::string& description) {
  return add_parsed(app, names, target, parse_count, description, "N");
}

}  // namespace rtctl::cli
