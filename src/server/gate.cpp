#include "server/gate.hpp"

#include <algorithm>
#include <chrono>

namespace rtctl::server {
namespace {

Response allowed_methods(int status, const Route* route) {
  Response response = status == 204 ? Response{.status = 204}
                                    : problem(status, "this path does not know that method");
  response.fields.set("Allow", route != nullptr ? route->allow() : "GET, HEAD, POST, OPTIONS");
  return response;
}

bool is_json(std::string_view content_type) {
  const std::string_view type = content_type.substr(0, content_type.find(';'));
  const std::size_t last = type.find_last_not_of(" \t");
  return same_field_name(type.substr(0, last == std::string_view::npos ? 0 : last + 1),
                         "application/json");
}

std::optional<Response> refuse_body(const Request& request) {
  if (request.method != "POST" || request.body.empty()) return std::nullopt;
  const auto type = request.fields.find("Content-Type");
  if (!type || !is_json(*type))
    return problem(415, "the body must be declared as application/json");
  const auto coding = request.fields.find("Content-Encoding");
  if (!coding || same_field_name(*coding, "identity")) return std::nullopt;
  Response response = problem(415, "the body must not be compressed");
  response.fields.set("Accept-Encoding", "identity");  // RFC 9110, section 15.5.16
  return response;
}

std::optional<Response> take_toll(ServerShared& shared, const Request& request, TimePoint now) {
  const auto wait = shared.rate_limit.admit(request.remote_address, now);
  if (!wait) return std::nullopt;
  Response response = problem(429, "too many requests from this address");
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(*wait).count();
  response.fields.set("Retry-After", std::to_string(std::max<std::int64_t>(seconds, 1)));
  return response;
}

}  // namespace

std::optional<Response> pass_gate(ServerShared& shared, const Request& request, const Route* route,
                                  TimePoint now, Toll toll) {
  if (toll == Toll::due) {
    if (auto refusal = take_toll(shared, request, now)) return refusal;
  }
  if (request.path == "*") return allowed_methods(204, nullptr);
  if (shared.cors.is_preflight(request) && route != nullptr)
    return shared.cors.preflight(request, route->allow());
  const bool is_open = route != nullptr && route->access == Access::open;
  if (!is_open && !shared.auth.allows(request)) return unauthorized();
  if (route == nullptr && request.method != "CONNECT")
    return problem(404, "there is nothing at this path");
  if (route == nullptr || !route->allows(request.method)) return allowed_methods(405, route);
  if (request.method == "OPTIONS") return allowed_methods(204, route);
  return refuse_body(request);
}

}  // namespace rtctl::server
