// What every client of one thread shares.
#pragma once

#include "base/loop.hpp"
#include "base/random.hpp"
#include "net/transport.hpp"

namespace rtctl::client {

/// One per thread; outlives the clients that were given it. Clients keep a pointer to it, so that
/// ten thousand of them share one.
struct Environment {
  Loop& loop;
  net::Transport& transport;
  Random& random;
};

}  // namespace rtctl::client
