#include "server/cors.hpp"

#include <algorithm>

namespace rtctl::server {
namespace {

constexpr std::string_view kRequestFields =
    "content-type, authorization, x-client-id, last-event-id, if-none-match, if-modified-since, "
    "idempotency-key";
/// What a page's script may read besides the few fields that are always open to it.
constexpr std::string_view kResponseFields = "ETag, Last-Modified, Retry-After";
constexpr std::string_view kPreflightSeconds = "600";

}  // namespace

bool Cors::allows(std::string_view origin) const {
  return std::ranges::any_of(
      origins_, [&](const std::string& known) { return known == "*" || known == origin; });
}

void Cors::apply(const Request& request, Response& response) const {
  if (origins_.empty()) return;
  const bool any = std::ranges::find(origins_, "*") != origins_.end();
  if (!any) {
    const auto vary = response.fields.find("Vary");
    response.fields.set("Vary", vary ? std::string(*vary) + ", Origin" : "Origin");
  }
  const auto origin = request.fields.find("Origin");
  if (!origin || !allows(*origin)) return;
  response.fields.set("Access-Control-Allow-Origin", any ? "*" : *origin);
  response.fields.set("Access-Control-Expose-Headers", kResponseFields);
  // With credentials the wildcard is not allowed; a named origin may bring the token's cookie.
  if (!any) response.fields.set("Access-Control-Allow-Credentials", "true");
}

bool Cors::is_preflight(const Request& request) const {
  const auto origin = request.fields.find("Origin");
  return request.method == "OPTIONS" && origin && allows(*origin) &&
         request.fields.find("Access-Control-Request-Method").has_value();
}

Response Cors::preflight(const Request& request, std::string_view methods) const {
  Response response;
  response.status = 204;
  apply(request, response);
  response.fields.set("Allow", methods);
  response.fields.set("Access-Control-Allow-Methods", methods);
  response.fields.set("Access-Control-Allow-Headers", kRequestFields);
  response.fields.set("Access-Control-Max-Age", kPreflightSeconds);
  return response;
}

}  // namespace rtctl::server
