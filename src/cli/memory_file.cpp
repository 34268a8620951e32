#include "cli/memory_file.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/file.hpp"

namespace rtctl::cli {
namespace {

constexpr std::uint64_t kFileBytesMax = std::uint64_t{1} << 30;  // an event may be large

}  // namespace

Result<std::optional<nlohmann::json>> load_memory(const std::string& path, const char* member) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  // A device or pipe (/dev/null) remembers nothing.
  if (!is_regular_file(status) && !is_directory(status)) return std::nullopt;
  const auto content = read_file(path, kFileBytesMax);
  if (!content) return usage_error(content.error().message);
  if (content->empty()) return std::nullopt;
  auto document = nlohmann::json::parse(*content, nullptr, false);
  if (!document.is_object() || !document.contains(member)) {
    return usage_error(fmt::format(
        "{} is not a file that --resume of this command wrote: it holds no \"{}\"", path, member));
  }
  return std::optional(std::move(document));
}

Result<void> save_memory(const std::string& path, const nlohmann::json& memory) {
  return replace_file(path,
                      memory.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + '\n');
}

}  // namespace rtctl::cli
