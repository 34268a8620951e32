#include "engine/event_count.hpp"

#include <doctest/doctest.h>

using rtctl::engine::EventCount;

TEST_CASE("event count: a greeting before numbered events is none of them") {
  EventCount count;
  CHECK(count.see(false) == 0);
  CHECK(count.see(true) == 1);
  CHECK(count.see(true) == 1);
  CHECK(count.see(false) == 0);  // the greeting after a reconnection
  CHECK(count.settle() == 0);
}

TEST_CASE("event count: without ids every event counts, a single one too") {
  EventCount many;
  CHECK(many.see(false) + many.see(false) + many.see(false) == 3);
  EventCount one;
  CHECK(one.see(false) + one.settle() == 1);
  CHECK(one.see(false) + one.settle() == 1);
}
