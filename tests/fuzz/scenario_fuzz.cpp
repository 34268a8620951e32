// Scenario files are written by people, but CI systems run what a pull request brings along.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "rtctl/scenario.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  rtctl::LoadOptions options;
  options.directory = "/nonexistent";
  options.environment = [](const std::string&) { return std::nullopt; };
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto scenario = rtctl::load_scenario(text, "f", options);
  if (!scenario && !scenario.error().message.starts_with("f:")) std::abort();
  if (scenario && scenario->groups.empty()) std::abort();
  return 0;
}
