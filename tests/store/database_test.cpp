// What holds for the stores that are databases: holders, upgrades, lost connections.
#include <soci/sqlite3/soci-sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "store/kinds.hpp"

namespace rtctl::server {
namespace {

std::string refusal(const StoreOptions& options) {
  const auto second = make_store(options);
  REQUIRE(!second);
  CHECK(second.error().kind == ErrorKind::usage);
  return second.error().message;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("store: a URL that names no kind of store is refused") {
  for (const char* url : {"", "sqlite", "sqlite:", "mysql://x", "/tmp/a.db"}) {
    CHECK(contains(refusal({.url = url}), "sqlite:PATH"));
  }
}

TEST_CASE_TEMPLATE("store: one server at a time, and the holder is named", Kind, test::Sqlite,
                   test::Postgresql) {
  const Kind kind;
  {
    const auto first = test::open(kind.options);
    const std::string message = refusal(kind.options);
    CHECK_MESSAGE(contains(message, "is held by"), message);
    CHECK_MESSAGE(contains(message, std::to_string(getpid())), message);
  }
  test::open(kind.options);  // free again
}

TEST_CASE("store: servers on one bus share PostgreSQL, others keep out") {
  const test::Postgresql kind;
  StoreOptions shared = kind.options;
  shared.is_shared = true;
  const auto first = test::open(shared);
  const auto second = test::open(shared);
  CHECK(first->is_shared());
  REQUIRE(first->write([](Tables& tables) { tables.add_activity({0, "a", "1", "null", {}}); }));
  std::size_t seen = 0;
  REQUIRE(second->read([&](Tables& tables) { seen = tables.newest_activities(9).size(); }));
  CHECK(seen == 1);
  refusal(kind.options);
}

TEST_CASE("store: a SQLite file that cannot be opened is told with its path") {
  const auto store = make_store({.url = "sqlite:/nowhere/at/all.db"});
  REQUIRE(!store);
  CHECK(store.error().kind == ErrorKind::system);
  CHECK(contains(store.error().message, "/nowhere/at/all.db"));
}

TEST_CASE("store: nobody else may read the SQLite file and what lies beside it") {
  const test::Sqlite kind;
  const auto store = test::open(kind.options);
  REQUIRE(store->write([](Tables& tables) { tables.add_setting("a", "b"); }));
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kind.folder)) {
    const auto others = std::filesystem::perms::group_all | std::filesystem::perms::others_all;
    CHECK((entry.status().permissions() & others) == std::filesystem::perms::none);
    ++files;
  }
  CHECK(files == 4);  // database, WAL, shared memory, lock
}

TEST_CASE("store: a SQLite file that is something else is told, and left as it is") {
  const test::Sqlite kind;
  const std::string path = kind.options.url.substr(7);
  const std::string text = "This is a text, and no database at all. " + std::string(4096, 'x');
  std::ofstream(path) << text;
  const auto store = make_store(kind.options);
  REQUIRE(!store);
  CHECK(contains(store.error().message, path));
  std::stringstream now;
  now << std::ifstream(path).rdbuf();
  CHECK(now.str() == text);
}

// The file was written by the first schema, with two activities in it.
TEST_CASE("store: a database of the first schema is brought up to date, nothing lost") {
  const test::Sqlite kind;
  const std::string path = kind.options.url.substr(7);
  {
    soci::session old(*soci::factory_sqlite3(), "db=\"" + path + "\"");
    std::ifstream script(std::string(RTCTL_SOURCE_DIR) + "/tests/store/data/schema_1.sql");
    REQUIRE(script.good());
    for (std::string statement; std::getline(script, statement, ';');) {
      if (contains(statement, " ")) old << statement;
    }
  }
  const auto store = test::open(kind.options);
  REQUIRE(store->write([](Tables& tables) {
    const auto found = tables.newest_activities(9);
    REQUIRE(found.size() == 2);
    CHECK(found[0].type == "log out");
    CHECK(found[1].data == R"({"from":"home"})");
    CHECK(found[1].id == 7);
    tables.add_message({0, "", "", "x", "\"y\"", {}});
    tables.put_answer("k", {"p", 200, "t", "b", {}});
    CHECK(tables.samples().size() == 1);
  }));
}

TEST_CASE("store: a database of a newer rtctl is refused") {
  const test::Sqlite kind;
  test::open(kind.options);
  {
    soci::session newer(*soci::factory_sqlite3(), "db=\"" + kind.options.url.substr(7) + "\"");
    newer << "UPDATE schema_version SET version = 99";
  }
  CHECK(contains(refusal(kind.options), "schema version 99"));
}

TEST_CASE("store: PostgreSQL connections that are lost come back, one error each at most") {
  const test::Postgresql kind;
  const auto store = test::open(kind.options);
  const auto add = [](Tables& tables) { tables.add_activity({0, "a", "1", "null", {}}); };
  REQUIRE(store->write(add));
  {
    soci::session admin(*soci::factory_postgresql(),
                        std::string(kind.options.url) + "?connect_timeout=9");
    admin << "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
             " WHERE pid <> pg_backend_pid() AND datname = current_database()";
  }
  int failures = 0;
  for (int i = 0; i < 10; ++i)
    failures += store->write(add) ? 0 : 1;
  CHECK(failures <= kind.options.connections);
  std::size_t found = 0;
  for (int i = 0; i < 5; ++i) {
    (void)store->read([&](Tables& tables) { found = tables.newest_activities(99).size(); });
  }
  CHECK(found == static_cast<std::size_t>(11 - failures));
  refusal(kind.options);  // the lock was taken again
}

TEST_CASE("store: what a work threw away is not there, and the store goes on") {
  const test::Sqlite kind;
  const auto store = test::open(kind.options);
  const auto failed = store->write([](Tables& tables) {
    tables.add_activity({0, "a", "1", "null", {}});
    tables.add_setting("same", "1");
    tables.add_setting("same", "2");  // a key of its own is violated
  });
  CHECK(!failed);
  REQUIRE(store->write([](Tables& tables) {
    CHECK(tables.newest_activities(9).empty());
    tables.add_activity({0, "b", "1", "null", {}});
  }));
}

}  // namespace
}  // namespace rtctl::server
