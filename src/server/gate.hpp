// What is decided about a request before its endpoint sees it.
#pragma once

#include <optional>

#include "server/shared.hpp"

namespace rtctl::server {

/// Whether the request counts for the rate limit: a peer may have asked before it sent the body.
enum class Toll { due, paid };

/// The refusal (401, 404, 405, 415, 429) or the answer (OPTIONS, preflight) that the server itself
/// gives; nullopt when the endpoint of `route` is to answer. `route` is null for an unknown path.
std::optional<Response> pass_gate(ServerShared& shared, const Request& request, const Route* route,
                                  TimePoint now, Toll toll);

}  // namespace rtctl::server
