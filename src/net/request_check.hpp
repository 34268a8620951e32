// What may go into a request: both drivers refuse the same things, before a byte is sent.
#pragma once

#include <optional>
#include <string>

#include "net/transport.hpp"

namespace rtctl::net {

/// Says what is wrong with the method or a header (an empty or impossible name, a line break or NUL
/// in a value, a URL that is not http or https), or nullopt.
std::optional<std::string> request_problem(const Request& request);

/// Whether the content codings of a response are all among those a driver decodes. `decodes` is
/// false for a driver that asked for none: then only `identity` passes.
enum class Decoding { none, gzip_br_zstd };
bool knows_content_encoding(const Headers& headers, Decoding decoding);

/// Whether every Content-Length is a number that fits and all are the same (RFC 9112, section 6.3).
bool has_sane_length(const Headers& headers);

/// Whether a response to `method` with that status can have a body (RFC 9112, section 6.3).
bool may_have_body(std::string_view method, int status);

}  // namespace rtctl::net
