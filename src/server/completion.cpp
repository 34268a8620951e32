#include "server/completion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/random.hpp"
#include "rtctl/sse.hpp"
#include "server/json_body.hpp"

namespace rtctl::server {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 16> kWords{
    "The",  " sea", " is",  " wide", ",",    " the", " wind",  " is",
    " low", ",",    " and", " far",  " out", " a",   " light", "."};
constexpr std::size_t kModelNameMax = 128;

/// The text's n-th token. A new sentence after each full stop starts with a space.
std::string token(std::size_t index) {
  const std::string_view word = kWords[index % kWords.size()];
  return index > 0 && index % kWords.size() == 0 ? " " + std::string(word) : std::string(word);
}

std::string json_text(std::string_view text) {
  return json(std::string(text)).dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string event(std::string_view data) {
  std::string frame;
  sse::format({.data = data}, frame);
  return frame;
}

/// About four characters a token, as tokenisers have it for English.
std::size_t count_tokens(const nlohmann::ordered_json& messages) {
  return messages.dump().size() / 4;
}

}  // namespace

Result<Completion> Completion::parse(std::string_view body, const CompletionOptions& options,
                                     WallTime now) {
  const auto parsed = parse_object(body);
  if (!parsed) return tl::unexpected(parsed.error());
  const nlohmann::ordered_json& request = *parsed;
  const auto messages = request.find("messages");
  if (messages == request.end() || !messages->is_array() || messages->empty()) {
    return usage_error("\"messages\" must be a non-empty array");
  }
  Completion result;
  result.options_ = options;
  if (const auto limit = request.find("max_tokens"); limit != request.end() && !limit->is_null()) {
    if (!limit->is_number_unsigned() || limit->get<std::uint64_t>() == 0) {
      return usage_error("\"max_tokens\" must be a whole number from 1 up");
    }
    result.options_.tokens = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(options.tokens, limit->get<std::uint64_t>()));
  }
  if (const auto stream = request.find("stream"); stream != request.end() && !stream->is_null()) {
    if (!stream->is_boolean()) return usage_error("\"stream\" must be true or false");
    result.stream_ = stream->get<bool>();
  }
  const auto extras = request.find("stream_options");
  if (extras != request.end() && extras->is_object()) {
    const auto usage = extras->find("include_usage");
    result.include_usage_ = usage != extras->end() && *usage == true;
  }
  const auto model = request.find("model");
  result.model_ =
      model != request.end() && model->is_string() ? model->get<std::string>() : "rtctl-made-up";
  result.model_.resize(std::min(result.model_.size(), kModelNameMax));
  result.id_ = "chatcmpl-" + secure_hex(12);
  result.created_ =
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  result.prompt_tokens_ = count_tokens(*messages);
  return result;
}

// The frames: role, one per token, finish, usage when asked for, [DONE].
std::size_t Completion::frames() const {
  return options_.tokens + 3 + (include_usage_ ? 1 : 0);
}

Duration Completion::due(std::size_t index) const {
  const std::size_t gaps =
      std::min<std::size_t>(std::max<std::size_t>(index, 1) - 1, options_.tokens - 1);
  return options_.first + options_.gap * static_cast<std::int64_t>(gaps);
}

std::string Completion::frame(std::size_t index) const {
  if (index == 0) return chunk(R"({"role":"assistant","content":""})", false);
  if (index <= options_.tokens)
    return chunk(fmt::format(R"({{"content":{}}})", json_text(token(index - 1))), false);
  if (index == options_.tokens + 1) return chunk("{}", true);
  if (index + 1 == frames()) return event("[DONE]");
  return event(fmt::format(
      R"({{"id":"{}","object":"chat.completion.chunk","created":{},"model":{},"choices":[],"usage":{}}})",
      id_, created_, json_text(model_), usage_json()));
}

std::string Completion::chunk(std::string_view delta_json, bool finished) const {
  return event(fmt::format(
      R"({{"id":"{}","object":"chat.completion.chunk","created":{},"model":{},"choices":[{{"index":0,"delta":{},"finish_reason":{}}}]}})",
      id_, created_, json_text(model_), delta_json, finished ? "\"stop\"" : "null"));
}

std::string Completion::usage_json() const {
  return fmt::format(R"({{"prompt_tokens":{},"completion_tokens":{},"total_tokens":{}}})",
                     prompt_tokens_, options_.tokens, prompt_tokens_ + options_.tokens);
}

std::string Completion::whole() const {
  std::string text;
  for (std::size_t i = 0; i < options_.tokens; ++i)
    text += token(i);
  return fmt::format(
      R"({{"id":"{}","object":"chat.completion","created":{},"model":{},"choices":[{{"index":0,"message":{{"role":"assistant","content":{}}},"finish_reason":"stop"}}],"usage":{}}})",
      id_, created_, json_text(model_), json_text(text), usage_json());
}

}  // namespace rtctl::server
