// From Response to the bytes of its head, and what HTTP asks of every representation.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/http.hpp"

namespace rtctl::server {

enum class ConnectionField { none, close, keep_alive };

struct HeadFacts {
  std::string_view date;                        ///< HTTP-date
  std::optional<std::uint64_t> content_length;  ///< nullopt: the body ends with the connection
  ConnectionField connection = ConnectionField::none;
};

/// Status line, fields and the blank line, appended.
void append_response_head(const Response& response, const HeadFacts& facts, std::string& out);

/// Turns the response into what this request gets: 304 when If-None-Match has its ETag (RFC 9110,
/// 13.1.2), compressed when it is worth it and wanted.
void negotiate(const Request& request, Response& response);

/// Whether `Accept-Encoding` allows gzip (RFC 9110, 12.5.3).
bool accepts_gzip(const Request& request);

}  // namespace rtctl::server
