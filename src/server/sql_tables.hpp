// The tables in SQL that SQLite and PostgreSQL both understand.
#pragma once

#include <soci/soci.h>

#include <memory>

#include "server/store.hpp"

namespace rtctl::server {

/// Statements are prepared at their first use and kept as long as this lives, which must not be
/// longer than the session is connected. Members throw soci_error.
std::unique_ptr<Tables> make_sql_tables(soci::session& session);

}  // namespace rtctl::server
