// The chat on the wire: parameters, fields and bodies.
#include <charconv>

#include "base/time_format.hpp"
#include "base/units.hpp"
#include "server/chat.hpp"
#include "server/json_body.hpp"
#include "sse/utf8.hpp"

namespace rtctl::server {
namespace {

constexpr std::size_t kNameLengthMax = 128;
constexpr Duration kWaitMax = std::chrono::minutes(1);

std::size_t count_characters(std::string_view utf8) {
  std::size_t count = 0;
  for (const char c : utf8)
    count += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
  return count;
}

/// For what people see or choose: ids, names, rooms.
Result<std::string> read_name(std::string_view text, std::string_view what) {
  std::string scratch;
  if (count_characters(text) > kNameLengthMax || has_control_character(text) ||
      sse::repaired(text, scratch) != text) {
    return usage_error(std::string(what) + " must be at most " + std::to_string(kNameLengthMax) +
                       " printable characters of UTF-8");
  }
  return std::string(text);
}

Result<std::string> read_client_id(const Request& request) {
  const auto field = request.fields.find("x-client-id").value_or("");
  if (field == "null") return "";
  return read_name(field, "x-client-id");
}

Result<std::optional<std::int64_t>> read_ack(const Request& request) {
  const auto text = request.parameter("ack");
  if (!text) return std::nullopt;
  std::int64_t id = 0;
  const char* end = text->data() + text->size();
  const auto parsed = std::from_chars(text->data(), end, id);
  if (parsed.ec != std::errc{} || parsed.ptr != end || id < 0) {
    return usage_error("ack=" + std::string(*text) +
                       " is not the id of a message; start with ack=0");
  }
  return id;
}

Result<Duration> read_wait(const Request& request) {
  const auto text = request.parameter("wait");
  if (!text) return Duration::zero();
  const auto wait = parse_duration(*text);
  if (!wait) return usage_error("wait: " + wait.error().message);
  return std::min(*wait, kWaitMax);
}

}  // namespace

Result<ChatRequest> read_chat_request(const Request& request) {
  auto room = read_name(request.parameter("room").value_or(""), "room");
  if (!room) return tl::unexpected(room.error());
  auto client_id = read_client_id(request);
  if (!client_id) return tl::unexpected(client_id.error());
  const auto ack = read_ack(request);
  if (!ack) return tl::unexpected(ack.error());
  const auto wait = read_wait(request);
  if (!wait) return tl::unexpected(wait.error());
  return ChatRequest{std::move(*room), std::move(*client_id), *ack, *wait};
}

Result<ChatMessage> read_chat_message(std::string_view body) {
  const auto object = parse_object(body);
  if (!object) return tl::unexpected(object.error());
  const auto content = object->find("content");
  if (content == object->end()) return usage_error("\"content\" is missing");
  if (!content->is_string()) {
    return usage_error("\"content\" must be a text, found " + std::string(content->type_name()));
  }
  ChatMessage message;
  message.content = to_json(*content);
  const auto name = object->find("name");
  if (name == object->end() || name->is_null()) return message;
  if (!name->is_string()) {
    return usage_error("\"name\" must be a text, found " + std::string(name->type_name()));
  }
  auto from = read_name(name->get_ref<const std::string&>(), "\"name\"");
  if (!from) return tl::unexpected(from.error());
  message.from = std::move(*from);
  return message;
}

std::string chat_json(const ChatInbox& inbox, std::string_view client_id) {
  std::string json = R"({"messages":[)";
  bool is_first = true;
  for (const ChatMessage& message : inbox.messages) {
    json += is_first ? "" : ",";
    is_first = false;
    json += R"({"id":)" + std::to_string(message.id);
    json += R"(,"from":)" + to_json(message.from);
    json += R"(,"content":)" + message.content;
    json += R"(,"timestamp":")" + format_rfc3339(message.created_at) + R"("})";
  }
  json += R"(],"clientId":)" + to_json(client_id);
  if (inbox.dropped > 0) json += R"(,"dropped":)" + std::to_string(inbox.dropped);
  return json + '}';
}

}  // namespace rtctl::server
