#include "engine/activity_body.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace rtctl::engine {
namespace {

std::string quoted(const Template& text, const scenario::Values& values) {
  std::string filled;
  scenario::expand(text, values, filled);
  return nlohmann::json(filled).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

std::string activity_body(const Log& log, const scenario::Values& values) {
  std::string body = fmt::format(R"({{"type":{},"userId":{})", quoted(log.type, values),
                                 quoted(log.actor, values));
  if (!log.data.empty()) {
    body += R"(,"data":)";
    scenario::expand(log.data, values, body);
  }
  return body + "}";
}

}  // namespace rtctl::engine
