// The tables in SQL that SQLite and PostgreSQL both understand.
#pragma once

#include <soci/soci.h>

#include <memory>

#include "server/store.hpp"

namespace rtctl::server {

/// The tables of one connection, through one transaction after the other.
class SqlTables : public Tables {
 public:
  /// A transaction begins: what was read in the last one holds no more.
  virtual void begin() = 0;
};

/// Statements are prepared at their first use and kept as long as this lives, which must not be
/// longer than the session is connected. Members throw soci_error.
std::unique_ptr<SqlTables> make_sql_tables(soci::session& session);

}  // namespace rtctl::server
