// The stores the contract suite runs against, each made fresh for a test.
#pragma once

#include <doctest/doctest.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "server/store.hpp"

namespace rtctl::server::test {

inline std::unique_ptr<Store> open(const StoreOptions& options) {
  auto store = make_store(options);
  if (!store) FAIL(store.error().message);
  return std::move(*store);
}

/// Keeps nothing when it is opened again.
struct Memory {
  static constexpr bool kLasts = false;
  StoreOptions options{.url = "memory"};
};

/// A file in a folder of its own.
struct Sqlite {
  static constexpr bool kLasts = true;
  Sqlite() {
    std::string pattern = (std::filesystem::temp_directory_path() / "rtctl-store-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    folder = pattern;
    options = {.url = "sqlite:" + pattern + "/a b.db", .connections = 3};
  }
  ~Sqlite() { std::filesystem::remove_all(folder); }

  std::filesystem::path folder;
  StoreOptions options;
};

/// The database that RTCTL_TEST_POSTGRESQL names, emptied; tests/support/postgresql.py starts one.
struct Postgresql {
  static constexpr bool kLasts = true;
  Postgresql() {
    const char* url = std::getenv("RTCTL_TEST_POSTGRESQL");
    REQUIRE_MESSAGE(url != nullptr, "run as: tests/support/postgresql.py PROGRAM");
    // SOCI mends a URL without an equals sign until it is none any more.
    soci::session session(*soci::factory_postgresql(), std::string(url) + "?connect_timeout=9");
    session << "SET client_min_messages = error";
    session << "DROP SCHEMA public CASCADE";
    session << "CREATE SCHEMA public";
    options = {.url = url, .connections = 3};
  }
  StoreOptions options;
};

#define RTCTL_STORE_TEST(name) \
  TEST_CASE_TEMPLATE("store: " name, Kind, test::Memory, test::Sqlite, test::Postgresql)

}  // namespace rtctl::server::test
