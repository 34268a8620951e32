#include "server/listener.hpp"

#include <doctest/doctest.h>

using namespace rtctl::server;

TEST_CASE("listen address: loopback is what the address says, not how it is written") {
  for (const char* text : {"127.0.0.1:0", "127.9.8.7:80", "127.1:0", "0x7f.1:0", "localhost:0",
                           ":8080", "[::1]:0", "[0:0:0:0:0:0:0:1]:0", "[::ffff:127.0.0.1]:0"}) {
    CAPTURE(text);
    const auto address = find_listen_address(text);
    REQUIRE(address);
    CHECK(address->is_loopback());
  }
  for (const char* text : {"0.0.0.0:0", "0:80", "192.0.2.1:80", "[::]:0", "[2001:db8::1]:80",
                           "[::ffff:192.0.2.1]:0"}) {
    CAPTURE(text);
    const auto address = find_listen_address(text);
    REQUIRE(address);
    CHECK(!address->is_loopback());
  }
}

TEST_CASE("listen address: what is none is refused") {
  for (const char* text : {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536",
                           "::1:80", "[::1]", "[zz]:1", "999.0.0.1:1"}) {
    CAPTURE(text);
    CHECK(!find_listen_address(text));
  }
}
