// A prepared SQL statement with typed parameters and columns, over SOCI.
#pragma once

#include <soci/soci.h>

#include <memory>
#include <tuple>
#include <utility>

namespace rtctl::server {

template <typename... Types>
using Columns = std::tuple<Types...>;

/// Use `long long` for integers and std::string for text: SOCI reads SQLite's integers as 32 bit
/// from rows whose type it has to find out itself. Bound to the session, so it does not move. Each
/// placeholder has a name of its own. Throws soci_error.
template <typename Parameters, typename Row = Columns<>>
class Query {
 public:
  Query(soci::session& session, const char* sql) : statement_(session) {
    bind_all(row_, [this](auto& column) { statement_.exchange(soci::into(column)); });
    bind_all(parameters_, [this](auto& value) { statement_.exchange(soci::use(value)); });
    statement_.alloc();
    statement_.prepare(sql);
    statement_.define_and_bind();
  }
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  /// For statements without rows.
  template <typename... Values>
  void run(Values&&... values) {
    parameters_ = Parameters(std::forward<Values>(values)...);
    statement_.execute(true);
  }

  /// Calls `on_row` with the columns of each row. Reads to the end, so that no statement is left
  /// under way to hold up the commit.
  template <typename OnRow, typename... Values>
  void each(OnRow on_row, Values&&... values) {
    parameters_ = Parameters(std::forward<Values>(values)...);
    statement_.execute();
    while (statement_.fetch())
      std::apply(on_row, row_);
  }

 private:
  template <typename Tuple, typename Bind>
  static void bind_all(Tuple& tuple, Bind bind) {
    std::apply([&](auto&... element) { (bind(element), ...); }, tuple);
  }

  Parameters parameters_;
  Row row_;
  soci::statement statement_;
};

/// Prepares at the first use: most connections need few of the statements.
template <typename Parameters, typename Row = Columns<>>
class Lazy {
 public:
  Lazy(soci::session& session, const char* sql) : session_(session), sql_(sql) {}

  Query<Parameters, Row>* operator->() {
    if (!query_) query_ = std::make_unique<Query<Parameters, Row>>(session_, sql_);
    return query_.get();
  }

 private:
  soci::session& session_;
  const char* sql_;
  std::unique_ptr<Query<Parameters, Row>> query_;
};

}  // namespace rtctl::server
