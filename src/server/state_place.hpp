// Where the server keeps what outlives it.
#pragma once

#include <string>

#include "rtctl/result.hpp"
#include "rtctl/server.hpp"

namespace rtctl::server {

/// The directory of the event log and of what else is kept, made if need be: --state-dir, or beside
/// the SQLite file of --store, or the user's own. Empty when all is kept in memory.
Result<std::string> make_state_directory(const ServerOptions& options);

}  // namespace rtctl::server
