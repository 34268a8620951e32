#include "server/memory_trim.hpp"

#include <doctest/doctest.h>

#include "support/fake_loop.hpp"

using namespace rtctl::server;
using namespace std::chrono_literals;

TEST_CASE("memory trim: once after half of a crowd has left, and not for a few") {
  rtctl::test::FakeLoop loop;
  std::uint64_t open = 0;
  int trims = 0;
  const MemoryTrim trim(
      loop, [&] { return open; }, [&] { ++trims; });
  const auto become = [&](std::uint64_t count) {
    open = count;
    loop.advance(10s);
    return trims;
  };
  CHECK(become(100) == 0);
  CHECK(become(0) == 0);
  CHECK(become(1000) == 0);
  CHECK(become(501) == 0);
  CHECK(become(500) == 1);
  CHECK(become(251) == 1);
  CHECK(become(0) == 2);
  CHECK(become(0) == 2);
}
