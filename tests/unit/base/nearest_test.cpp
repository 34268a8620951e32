#include "base/nearest.hpp"

#include <doctest/doctest.h>

using namespace rtctl;

TEST_CASE("nearest: a slip of the finger is recognised") {
  const std::vector<std::string> known{"interval", "users", "duration", "kind"};
  CHECK(nearest("intervall", known) == "interval");
  CHECK(nearest("user", known) == "users");
  CHECK(nearest("dration", known) == "duration");
  CHECK(nearest("knid", known) == "kind");
}

TEST_CASE("nearest: what resembles nothing gets no suggestion") {
  const std::vector<std::string> known{"interval", "users", "on"};
  CHECK(nearest("bandwidth", known).empty());
  CHECK(nearest("", known).empty());
  CHECK(nearest("ab", known).empty());
  CHECK(nearest(std::string(10'000, 'x'), known).empty());
  CHECK(nearest("x", {}).empty());
}
