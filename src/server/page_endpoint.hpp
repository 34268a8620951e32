// Serves the built-in pages.
#pragma once

#include <memory>

#include "server/endpoints.hpp"

namespace rtctl::server {

/// Adds a route for every page and for what the pages are made of. Keeps the context.
Result<std::unique_ptr<Part>> make_pages(ServerContext& context, Router& router);

}  // namespace rtctl::server
