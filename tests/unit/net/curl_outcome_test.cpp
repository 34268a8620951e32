#include "net/curl_outcome.hpp"

#include <doctest/doctest.h>

#include <vector>

using rtctl::net::outcome_of;
using rtctl::net::OutcomeKind;

TEST_CASE("curl outcome: a body that ended early, by what libcurl says of it") {
  struct Row {
    const char* message;
    OutcomeKind kind;
  };
  for (const Row& row : std::vector<Row>{
           {"transfer closed with 90 bytes remaining to read", OutcomeKind::bad_frame},
           {"transfer closed with outstanding read data remaining", OutcomeKind::reset},
           {"HTTP/2 stream 1 was not closed cleanly before end of the underlying stream",
            OutcomeKind::reset}}) {
    CAPTURE(row.message);
    const auto outcome = outcome_of(
        {.code = CURLE_PARTIAL_FILE, .message = row.message, .connected = true, .has_head = true});
    CHECK(outcome.kind == row.kind);
    CHECK(outcome.detail == row.message);
  }
}
