#include "net/response_head.hpp"

#include <doctest/doctest.h>

#include "net/head_collector.hpp"
#include "net/request_check.hpp"

using namespace rtctl::net;

TEST_CASE("response head: status, version, fields, framing") {
  ResponseHead head;
  const std::string text =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-Empty:\r\n"
      "Transfer-Encoding: chunked\r\n\r\n";
  const HeadResult result = read_response_head(text + "5\r\n", "GET", 0, head);
  CHECK(result.kind == HeadResult::Kind::complete);
  CHECK(result.bytes == text.size());
  CHECK(result.keeps_alive);
  CHECK(result.body.is_chunked());
  CHECK(head.status == 200);
  CHECK(head.version == "1.1");
  CHECK(find_header(head.headers, "content-type") == "text/event-stream");
  CHECK(find_header(head.headers, "x-empty") == "");
  CHECK(head.headers.size() == 3);
}

TEST_CASE("response head: a head after a longer one has no fields of it") {
  ResponseHead head;
  read_response_head("HTTP/1.1 200 OK\r\nA: 1\r\nB: 2\r\nContent-Length: 0\r\n\r\n", "GET", 0,
                     head);
  read_response_head("HTTP/1.1 204 No Content\r\nC: 3\r\n\r\n", "GET", 0, head);
  CHECK(head.headers.size() == 1);
  CHECK(head.status == 204);
}

TEST_CASE("response head: what keeps the connection") {
  struct Row {
    const char* head;
    bool keeps;
  };
  const Row rows[] = {
      {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n", true},
      {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\n", false},
      {"HTTP/1.1 200 OK\r\nConnection: foo, Close\r\nContent-Length: 1\r\n\r\n", false},
      {"HTTP/1.1 200 OK\r\n\r\n", false},
      {"HTTP/1.1 304 Not Modified\r\n\r\n", true},
      {"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n", false},
      {"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\n", true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.head);
    ResponseHead head;
    const HeadResult result = read_response_head(row.head, "GET", 0, head);
    CHECK(result.kind == HeadResult::Kind::complete);
    CHECK(result.keeps_alive == row.keeps);
  }
}

TEST_CASE("response head: informational heads are skipped and count to the limit") {
  ResponseHead head;
  const std::string early = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";
  const HeadResult both =
      read_response_head(early + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "GET", 0, head);
  CHECK(both.kind == HeadResult::Kind::complete);
  CHECK(head.status == 200);
  CHECK(head.headers.size() == 1);
  const HeadResult part = read_response_head(early + "HTTP/1.", "GET", 0, head);
  CHECK(part.kind == HeadResult::Kind::more);
  CHECK(part.bytes == early.size());
  CHECK(read_response_head(early, "GET", kHeadBytesMax, head).kind == HeadResult::Kind::limit);
}

TEST_CASE("response head: another protocol is known by its first bytes") {
  ResponseHead head;
  for (const char* text : {"S", "SSH-2.0", "HTTP/2", "http/1.1 200", "\x16\x03\x01", " HTTP/1.1"}) {
    CAPTURE(text);
    CHECK(read_response_head(text, "GET", 0, head).kind == HeadResult::Kind::bad_frame);
  }
  for (const char* text : {"", "H", "HTTP/1.", "HTTP/1.1 200 OK\r\n"}) {
    CAPTURE(text);
    CHECK(read_response_head(text, "GET", 0, head).kind == HeadResult::Kind::more);
  }
}

TEST_CASE("request check: lengths that make sense") {
  CHECK(has_sane_length({}));
  CHECK(has_sane_length({{"Content-Length", "0"}}));
  CHECK(has_sane_length({{"Content-Length", "5"}, {"content-length", "5"}}));
  for (const char* text : {"", "-1", "+1", "1x", "0x10", "1, 1", "9223372036854775808"}) {
    CAPTURE(text);
    CHECK_FALSE(has_sane_length({{"Content-Length", text}}));
  }
  CHECK_FALSE(has_sane_length({{"Content-Length", "5"}, {"Content-Length", "6"}}));
}
