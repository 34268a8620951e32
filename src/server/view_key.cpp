#include "server/view_key.hpp"

#include <algorithm>

#include "base/units.hpp"

namespace rtctl::server {
namespace {

constexpr std::size_t kTopicsMax = 64;  // in one filter (guess)

Result<std::chrono::milliseconds> parse_window(std::string_view name, std::string_view text) {
  using namespace std::chrono_literals;
  const auto window = parse_duration(text);
  if (!window) return usage_error(std::string(name) + ": " + window.error().message);
  if (*window < 1ms || *window > 1min)
    return usage_error(std::string(name) + " must lie between 1ms and 1m");
  return std::chrono::ceil<std::chrono::milliseconds>(*window);
}

}  // namespace

bool ViewKey::wants(std::string_view topic) const {
  return topics.empty() || std::ranges::binary_search(topics, topic);
}

Result<ViewKey> parse_view_key(const Request& request) {
  ViewKey key;
  int modes = 0;
  if (const auto mode = request.parameter("mode")) {
    if (*mode != "delta") return usage_error("mode: the only mode there is to ask for is delta");
    key.mode = ViewMode::delta;
    ++modes;
  }
  for (const auto& [name, mode] :
       {std::pair{"batch", ViewMode::batch}, std::pair{"latest", ViewMode::latest}}) {
    const auto text = request.parameter(name);
    if (!text) continue;
    const auto window = parse_window(name, *text);
    if (!window) return tl::unexpected(window.error());
    key.mode = mode;
    key.window = *window;
    ++modes;
  }
  if (modes > 1) return usage_error("mode=delta, batch and latest exclude each other");
  for (const auto& [name, value] : request.query) {
    if (name == "topic") key.topics.push_back(value);
  }
  std::ranges::sort(key.topics);
  key.topics.erase(std::unique(key.topics.begin(), key.topics.end()), key.topics.end());
  if (key.topics.size() > kTopicsMax) return usage_error("more than 64 topics in one filter");
  return key;
}

}  // namespace rtctl::server
