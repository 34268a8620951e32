#include "server/request_parser.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace rtctl::server;

namespace {

constexpr std::string_view kPost =
    "POST /a%20b?x=1&y=%C3%A9+z&x HTTP/1.1\r\nHost: example.org\r\nX-Mixed-Case:  value \t\r\n"
    "Content-Length: 5\r\n\r\nhello";

struct Parsed {
  RequestParser::State state;
  Request request;
  std::string rest;
};

/// Feeds in pieces of `step` bytes until the request is done or refused.
Parsed parse(std::string_view text, std::size_t step) {
  RequestParser parser({.header_bytes_max = 256, .body_bytes_max = 64});
  while (!text.empty() && parser.state() != RequestParser::State::done &&
         parser.state() != RequestParser::State::refused)
    text.remove_prefix(parser.feed(text.substr(0, step)));
  return {parser.state(), parser.request(), std::string(text)};
}

}  // namespace

TEST_CASE("request parser: the pieces in which a request arrives do not matter") {
  for (std::size_t step = 1; step <= kPost.size(); ++step) {
    CAPTURE(step);
    const Parsed parsed = parse(std::string(kPost) + "GET", step);
    REQUIRE(parsed.state == RequestParser::State::done);
    CHECK(parsed.request.method == "POST");
    CHECK(parsed.request.path == "/a b");
    const std::vector<std::pair<std::string, std::string>> query{
        {"x", "1"}, {"y", "é z"}, {"x", ""}};
    CHECK(parsed.request.query == query);
    CHECK(parsed.request.fields.find("x-mixed-case") == "value");
    CHECK(parsed.request.body == "hello");
    CHECK(parsed.rest == "GET");
  }
}

TEST_CASE("request parser: an idle parser takes the next request after reset") {
  RequestParser parser({});
  const std::string two = std::string(kPost) + "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  const std::size_t used = parser.feed(two);
  CHECK(used == kPost.size());
  CHECK(parser.keep_alive());
  parser.reset();
  CHECK(parser.state() == RequestParser::State::idle);
  CHECK(parser.feed(std::string_view(two).substr(used)) == two.size() - used);
  CHECK(parser.state() == RequestParser::State::done);
  CHECK(parser.request().method == "GET");
  CHECK(parser.request().body.empty());
}

TEST_CASE("request parser: limits hold exactly, however the bytes arrive") {
  const std::string line_fits = "GET /" + std::string(256 - 14, 'a') + " HTTP/1.1";
  REQUIRE(line_fits.size() == 256);
  for (const std::size_t step : {1, 7, 1000}) {
    CAPTURE(step);
    CHECK(parse(line_fits + "\r\nHost: x\r\n\r\n", step).state == RequestParser::State::done);
    CHECK(parse("GET /a" + line_fits.substr(5) + "\r\nHost: x\r\n\r\n", step).state ==
          RequestParser::State::refused);
    const std::string head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ";
    CHECK(parse(head + "64\r\n\r\n" + std::string(64, 'x'), step).state ==
          RequestParser::State::done);
    CHECK(parse(head + "65\r\n\r\n", step).state == RequestParser::State::refused);
  }
}

TEST_CASE("chunked body: decodes across any cut, and stops at its end") {
  const std::string_view body =
      "4;ext=\"a\"\r\nWiki\r\n6\r\npedia \r\nA\r\nin chunks.\r\n0\r\nA: b\r\n\r\nGET";
  for (std::size_t step = 1; step < body.size(); ++step) {
    CAPTURE(step);
    ChunkedBody chunked(64);
    std::string decoded;
    std::string_view left = body;
    while (chunked.state() == ChunkedBody::State::more)
      left.remove_prefix(chunked.feed(left.substr(0, step), decoded));
    CHECK(chunked.state() == ChunkedBody::State::done);
    CHECK(decoded == "Wikipedia in chunks.");
    CHECK(left == "GET");
  }
}
