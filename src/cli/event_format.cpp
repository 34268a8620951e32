#include "cli/event_format.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/time_format.hpp"
#include "cli/json_text.hpp"
#include "cli/terminal.hpp"

namespace rtctl::cli {
namespace {

constexpr std::string_view kDim = "\x1b[2m";
constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kReset = "\x1b[0m";

void append_jsonl(const sse::Event& event, WallTime received_at, const EventStyle& style,
                  std::string& out) {
  out += R"({"event":)";
  append_json_string(event.type, out);
  out += R"(,"id":)";
  append_json_string(event.last_event_id, out);
  out += R"(,"data":)";
  append_json_string(event.data, out);
  if (style.timestamps) out += R"(,"received_at":")" + format_rfc3339(received_at) + '"';
  out += "}\n";
}

/// One line of what it is, then the data as it came, indented.
void append_pretty(const sse::Event& event, WallTime received_at, const EventStyle& style,
                   std::string& out) {
  const auto styled = [&](std::string_view code, std::string_view text) {
    if (!style.color) return std::string(text);
    return std::string(code).append(text).append(kReset);
  };
  out += styled(kBold, harmless_line(event.type));
  if (!event.last_event_id.empty()) out += styled(kDim, " #" + harmless_line(event.last_event_id));
  if (style.timestamps) out += styled(kDim, " " + format_rfc3339(received_at));
  const std::string data = harmless(event.data);
  out += "\n  ";
  for (const char c : data) {
    out += c;
    if (c == '\n') out += "  ";
  }
  out += '\n';
}

void append_sse(const sse::Event& event, WallTime received_at, const EventStyle& style,
                std::string& out) {
  if (style.timestamps) out += ": received_at " + format_rfc3339(received_at) + '\n';
  sse::Frame frame{.data = event.data, .type = event.type};
  if (event.has_id) frame.id = event.last_event_id;
  sse::format(frame, out);
}

bool append_selected(const sse::Event& event, WallTime received_at, const EventStyle& style,
                     std::string& out) {
  const auto document = nlohmann::json::parse(event.data, nullptr, false);
  const nlohmann::json::json_pointer pointer(*style.select);
  if (document.is_discarded() || !document.contains(pointer)) return false;
  const nlohmann::json& value = document[pointer];
  if (style.raw && value.is_null()) return false;
  if (style.timestamps && !style.raw) out += format_rfc3339(received_at) + ' ';
  std::string text = value.is_string()
                         ? value.get<std::string>()
                         : value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  out += style.format == EventFormat::pretty ? harmless(text) : text;
  if (!style.raw) out += '\n';
  return true;
}

}  // namespace

bool append_event(const sse::Event& event, WallTime received_at, const EventStyle& style,
                  std::string& out) {
  if (style.select) return append_selected(event, received_at, style, out);
  switch (style.format) {
    case EventFormat::jsonl:
      append_jsonl(event, received_at, style, out);
      break;
    case EventFormat::pretty:
      append_pretty(event, received_at, style, out);
      break;
    case EventFormat::sse:
      append_sse(event, received_at, style, out);
      break;
    case EventFormat::data:
      if (style.timestamps) out += format_rfc3339(received_at) + ' ';
      out.append(event.data) += '\n';
  }
  return true;
}

Result<void> check_pointer(const std::string& text) {
  try {
    (void)nlohmann::json::json_pointer(text);
    return {};
  } catch (const nlohmann::json::exception&) {
    return usage_error(fmt::format(
        "\"{}\" is not a JSON pointer; write it like \"/choices/0/delta/content\"", text));
  }
}

}  // namespace rtctl::cli
