// The parts of the server: each makes its endpoints and adds their routes.
#pragma once

#include <memory>
#include <vector>

#include "rtctl/result.hpp"
#include "server/context.hpp"
#include "server/router.hpp"

namespace rtctl::server {

/// Something that lives as long as the server: endpoints, and what several of them share.
class Part {
 public:
  virtual ~Part() = default;
};

/// Makes one part and adds its routes. Called on the main thread before any request; may use the
/// loop (timers) from then on. Destroyed after the last connection, before the store.
using MakePart = Result<std::unique_ptr<Part>> (*)(ServerContext& context, Router& router);

/// All parts, in the order in which they are made (server/parts.cpp).
const std::vector<MakePart>& all_parts();

}  // namespace rtctl::server
