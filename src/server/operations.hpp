// /healthz, /readyz and /metrics: what operators and their tools ask.
#pragma once

#include "server/endpoints.hpp"

namespace rtctl::server {

Result<std::unique_ptr<Part>> make_operations(ServerContext& context, Router& router);

}  // namespace rtctl::server
