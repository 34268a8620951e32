#include "cli/tail_memory.hpp"

#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "cli/json_text.hpp"
#include "cli/memory_file.hpp"

namespace rtctl::cli {

Result<std::string> load_tail_memory(const std::string& path) {
  const auto memory = load_memory(path, "last_event_id");
  if (!memory) return tl::unexpected(memory.error());
  if (!*memory) return std::string();
  const nlohmann::json& id = (**memory)["last_event_id"];
  if (!id.is_string()) return usage_error(path + ": \"last_event_id\" is no text");
  return id.get<std::string>();
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
