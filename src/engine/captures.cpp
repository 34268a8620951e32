#include "engine/captures.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/json_scan.hpp"

namespace rtctl::engine {
namespace {

std::optional<Captured> from_body(const std::string& pointer, std::string_view body) {
  const auto found = JsonPath(pointer).find(body);
  if (!found) return std::nullopt;
  if (!found->starts_with('"')) return Captured{std::string(*found), true};
  const auto text = nlohmann::json::parse(*found, nullptr, false);  // for the escapes in it
  if (!text.is_string()) return std::nullopt;
  return Captured{text.get<std::string>(), false};
}

std::optional<Captured> from_header(const std::string& name, const client::Response& response) {
  const auto value = response.header(name);
  if (!value) return std::nullopt;
  return Captured{std::string(*value), false};
}

}  // namespace

std::optional<std::string> take_captures(const std::vector<Capture>& captures,
                                         const client::Response& response,
                                         std::vector<Captured>& slots) {
  for (const Capture& capture : captures) {
    auto value = capture.from == Capture::From::header ? from_header(capture.source, response)
                                                       : from_body(capture.source, response.body);
    if (!value) return fmt::format("nothing to capture at {}", capture.source);
    slots[capture.slot] = std::move(*value);
  }
  return std::nullopt;
}

}  // namespace rtctl::engine
