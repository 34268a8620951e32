#include "server/sql_store.hpp"

#include <soci/connection-pool.h>

#include <exception>
#include <string_view>
#include <utility>
#include <vector>

#include "server/sql_tables.hpp"

namespace rtctl::server {
namespace {

// libpq's messages have several lines; ours have one.
std::string one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const bool is_space = c == '\n' || c == '\t' || c == ' ';
    if (!is_space) line += c;
    if (is_space && !line.empty() && line.back() != ' ') line += ' ';
  }
  if (line.ends_with(' ')) line.pop_back();
  return line;
}

/// A place in SOCI's pool, given back at the end of the scope.
class Lease {
 public:
  explicit Lease(soci::connection_pool& pool) : pool_(pool), place_(pool.lease()) {}
  ~Lease() { pool_.give_back(place_); }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  std::size_t place() const { return place_; }
  soci::session& session() { return pool_.at(place_); }

 private:
  soci::connection_pool& pool_;
  const std::size_t place_;
};

void execute(soci::session& session, const std::vector<std::string>& statements) {
  for (const std::string& sql : statements)
    session << sql;
}

class SqlStore final : public Store {
 public:
  SqlStore(SqlBackend backend, const StoreOptions& options)
      : backend_(std::move(backend)),
        is_shared_(options.is_shared),
        pool_(static_cast<std::size_t>(options.connections)),
        tables_(static_cast<std::size_t>(options.connections)) {}

  Result<void> open();

  Result<void> read(const Work& work) override {
    Lease lease(pool_);
    return run(lease, backend_.begin_read, work);
  }

  Result<void> write(const Work& work) override {
    Lease lease(pool_);
    try {
      if (!tables_[lease.place()]) connect(lease);
      if (auto held = backend_.before_write(lease.session()); !held) return held;
    } catch (const std::exception& error) {
      return fail(ErrorKind::system, backend_.name + ": " + one_line(error.what()));
    }
    return run(lease, backend_.begin_write, work);
  }

  bool is_shared() const override { return is_shared_; }

 private:
  Result<void> run(Lease& lease, const std::vector<std::string>& begin, const Work& work);
  void connect(Lease& lease);
  void abandon(Lease& lease);

  const SqlBackend backend_;
  const bool is_shared_;
  soci::connection_pool pool_;
  // One per connection, used by who leases it; null while the connection is not up. Destroyed
  // before the pool, because statements belong to their sessions.
  std::vector<std::unique_ptr<SqlTables>> tables_;
};

Result<void> SqlStore::open() {
  try {
    for (std::size_t i = 0; i < tables_.size(); ++i) {
      pool_.at(i).open(*backend_.factory, backend_.connection);
      backend_.on_connect(pool_.at(i));
      tables_[i] = make_sql_tables(pool_.at(i));
    }
    soci::session& session = pool_.at(0);
    if (auto held = backend_.before_write(session); !held) return held;
    execute(session, backend_.begin_write);
    if (auto migrated = migrate(session, backend_.dialect); !migrated) return migrated;
    session << "COMMIT";
  } catch (const std::exception& error) {
    return fail(ErrorKind::system,
                "cannot open store " + backend_.name + ": " + one_line(error.what()));
  }
  return {};
}

void SqlStore::connect(Lease& lease) {
  lease.session().reconnect();
  backend_.on_connect(lease.session());
  tables_[lease.place()] = make_sql_tables(lease.session());
}

// After an error nothing of the connection is trusted: its statements go, and it connects again
// before it is used.
void SqlStore::abandon(Lease& lease) {
  try {
    tables_[lease.place()].reset();
    lease.session() << "ROLLBACK";
  } catch (const std::exception&) {
    // The connection is gone, and the transaction with it.
  }
}

Result<void> SqlStore::run(Lease& lease, const std::vector<std::string>& begin, const Work& work) {
  try {
    if (!tables_[lease.place()]) connect(lease);
    execute(lease.session(), begin);
    tables_[lease.place()]->begin();
    work(*tables_[lease.place()]);
    lease.session() << "COMMIT";
    return {};
  } catch (const std::exception& error) {
    abandon(lease);
    return fail(ErrorKind::system, backend_.name + ": " + one_line(error.what()));
  }
}

}  // namespace

Result<std::unique_ptr<Store>> make_sql_store(SqlBackend backend, const StoreOptions& options) {
  auto store = std::make_unique<SqlStore>(std::move(backend), options);
  if (auto opened = store->open(); !opened) return tl::unexpected(opened.error());
  return store;
}

}  // namespace rtctl::server
