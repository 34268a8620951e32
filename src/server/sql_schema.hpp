// The schema, and how a database of an older rtctl comes up to it.
#pragma once

#include <soci/soci.h>

#include "rtctl/result.hpp"

namespace rtctl::server {

enum class Dialect { sqlite, postgresql };

/// Runs what is missing, inside the caller's transaction. A database that a newer rtctl has written
/// is a usage error. Throws soci_error.
Result<void> migrate(soci::session& session, Dialect dialect);

}  // namespace rtctl::server
