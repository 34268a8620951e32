#include "proxy/settings.hpp"

#include <doctest/doctest.h>

#include "proxy/script.hpp"

using namespace rtctl;
using namespace rtctl::proxy;
using namespace std::chrono_literals;

TEST_CASE("settings: every name is read and written back") {
  Impairment impairment;
  const std::string text =
      "latency=80ms jitter=20ms bandwidth=262144/s slow_open=1s stall_every=10s stall=500ms "
      "cut_every=1m cut_after=4096 "
      "reset=true segment=100 refuse=5%";
  REQUIRE(apply_settings(impairment, text));
  CHECK(format_settings(impairment) == text);
  for (const std::string& name : setting_names())
    CHECK(text.find(name + "=") != std::string::npos);
  REQUIRE(apply_settings(impairment, "clear"));
  CHECK(format_settings(impairment) == "clear");
}

TEST_CASE("settings: a preset replaces everything, what follows wins over it") {
  Impairment impairment{.slow_open = 1s};
  REQUIRE(apply_settings(impairment, "preset=3g latency=5ms bandwidth=1MiB/s"));
  CHECK(impairment.slow_open == 0s);
  CHECK(impairment.jitter == 40ms);
  CHECK(impairment.latency == 5ms);
  CHECK(impairment.bandwidth == 1048576);
}

TEST_CASE("settings: a line with one mistake changes nothing") {
  Impairment impairment;
  for (const char* text : {"latency=80ms jitter=x", "latency=5ms lateness=1s", "latency",
                           "bandwidth=1MiB", "refuse=2", "preset=5g", "reset=yes"}) {
    CAPTURE(text);
    CHECK(!apply_settings(impairment, text));
    CHECK(format_settings(impairment) == "clear");
  }
  CHECK(apply_setting(impairment, "latncy", "1s").error().message ==
        "\"latncy\" is no setting; did you mean \"latency\"?");
}

TEST_CASE("script: lines build on each other") {
  const auto steps = parse_script(
      "# a tunnel\n0s latency=10ms\n\n10s stall_every=1s stall=1s\r\n20s clear\n", "s", {});
  REQUIRE(steps);
  REQUIRE(steps->size() == 3);
  CHECK((*steps)[1].at == 10s);
  CHECK(format_settings((*steps)[1].impairment) == "latency=10ms stall_every=1s stall=1s");
  CHECK(format_settings((*steps)[2].impairment) == "clear");
}

TEST_CASE("script: mistakes are told with their line") {
  CHECK(parse_script("5s latency=1s\n3s clear\n", "s", {}).error().message ==
        "s:2: 3s is before the line above");
  CHECK(parse_script("\nx clear\n", "s", {})
            .error()
            .message.starts_with("s:2: \"x\" is not a duration"));
  CHECK(parse_script("5s\n", "s", {}).error().message.starts_with("s:1: a time stands alone"));
}
