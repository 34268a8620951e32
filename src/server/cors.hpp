// Cross-origin access (Fetch Standard, "CORS protocol") for the origins that --cors-origin names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "server/http.hpp"

namespace rtctl::server {

/// Immutable, so any loop may ask.
class Cors {
 public:
  /// Exact origins ("https://app.example"), or "*" for every one. None: no field is ever added.
  explicit Cors(std::vector<std::string> origins) : origins_(std::move(origins)) {}

  /// Adds what lets the request's origin read the response. With named origins also `Vary: Origin`,
  /// so that a cache never hands one origin's answer to another.
  void apply(const Request& request, Response& response) const;

  /// Whether the request is a preflight from an allowed origin; its answer is `preflight`.
  bool is_preflight(const Request& request) const;

  /// 204 that allows `methods` ("GET, POST") and the endpoints' header fields.
  Response preflight(const Request& request, std::string_view methods) const;

 private:
  bool allows(std::string_view origin) const;

  std::vector<std::string> origins_;
};

}  // namespace rtctl::server
