#include "cli/tail_memory.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "cli/json_text.hpp"

namespace rtctl::cli {
namespace {

constexpr std::uint64_t kFileBytesMax = std::uint64_t{1} << 30;  // an event may be large

}  // namespace

Result<std::string> load_tail_memory(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return std::string();
  const auto content = read_file(path, kFileBytesMax);
  if (!content) return usage_error(content.error().message);
  if (content->empty()) return std::string();  // as mktemp leaves it
  const auto document = nlohmann::json::parse(*content, nullptr, false);
  const auto id = document.is_object() ? document.find("last_event_id") : document.end();
  if (!document.is_object() || id == document.end() || !id->is_string()) {
    return usage_error(
        fmt::format("{} is not a file that --resume wrote: it holds no \"last_event_id\"", path));
  }
  return id->get<std::string>();
}

Result<void> save_tail_memory(const std::string& path, std::string_view last_event_id,
                              const std::optional<LastEvent>& event) {
  std::string text = R"({"version":1,"last_event_id":)";
  append_json_string(last_event_id, text);
  if (event) {
    text += R"(,"event":{"event":)";
    append_json_string(event->type, text);
    text += R"(,"id":)";
    append_json_string(event->id, text);
    text += R"(,"data":)";
    append_json_string(event->data, text);
    text += '}';
  }
  text += "}\n";
  return replace_file(path, text);
}

}  // namespace rtctl::cli
