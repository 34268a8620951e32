// What the two SQL stores share: a pool of connections, transactions, and connecting again.
#pragma once

#include <soci/soci.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "server/sql_schema.hpp"
#include "server/store.hpp"

namespace rtctl::server {

/// How one database is spoken to.
struct SqlBackend {
  Dialect dialect;
  const soci::backend_factory* factory;
  std::string connection;               ///< as the factory takes it
  std::string name;                     ///< what messages call the store; no secrets
  std::vector<std::string> begin_read;  ///< statements that open a transaction
  std::vector<std::string> begin_write;
  std::function<void(soci::session&)> on_connect;  ///< settings of a new connection; may throw
  /// Before each write, on its thread: fails while this server does not hold the store; may throw.
  std::function<Result<void>(soci::session&)> before_write;
};

/// Connects all connections and migrates the schema.
Result<std::unique_ptr<Store>> make_sql_store(SqlBackend backend, const StoreOptions& options);

}  // namespace rtctl::server
