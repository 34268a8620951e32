#include "net/body_decoder.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace rtctl::net;

namespace {

struct Decoded {
  std::string body;
  BodyDecoder::State state;
  std::size_t left;  // bytes behind the body
};

/// Feeds `wire` in pieces of `step` bytes.
Decoded decode(BodyDecoder decoder, std::string_view wire, std::size_t step) {
  std::string body;
  while (!wire.empty() && decoder.state() == BodyDecoder::State::more) {
    std::string_view input = wire.substr(0, step);
    const std::size_t before = input.size();
    while (!input.empty() && decoder.state() == BodyDecoder::State::more)
      body += decoder.next(input);
    wire.remove_prefix(before - input.size());
  }
  return {body, decoder.state(), wire.size()};
}

}  // namespace

TEST_CASE("body decoder: chunked bodies, in pieces of every size") {
  using State = BodyDecoder::State;
  struct Row {
    const char* why;
    std::string wire;
    std::string body;
    State state;
    std::size_t left = 0;
  };
  const Row rows[] = {
      {"two chunks", "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", "abcde", State::complete},
      {"nothing", "0\r\n\r\n", "", State::complete},
      {"leading zeros", "0003\r\nabc\r\n000\r\n\r\n", "abc", State::complete},
      {"extensions", "3;a=b;c=\"d\"\r\nabc\r\n0;x\r\n\r\n", "abc", State::complete},
      {"space before the extension", "3 ;a\r\nabc\r\n0\r\n\r\n", "abc", State::complete},
      {"trailers", "0\r\nA: b\r\nC: d\r\n\r\n", "", State::complete},
      {"lone LF", "3\nabc\n0\n\n", "abc", State::complete},
      {"bytes behind", "0\r\n\r\nHTTP", "", State::complete, 4},
      {"not over yet", "3\r\nab", "ab", State::more},
      {"last line missing", "0\r\n", "", State::more},
      {"no size", "\r\nabc", "", State::broken, 4},
      {"no number", "xyz\r\n", "", State::broken, 4},
      {"negative", "-1\r\n", "", State::broken, 3},
      {"more than 60 bits", "1234567890abcdef\r\n", "", State::broken, 2},
      {"more data than said", "1\r\nab\r\n", "a", State::broken, 2},
      {"CR in the end without LF", "0\r\n\rx", "", State::broken, 0},
  };
  for (const Row& row : rows) {
    for (std::size_t step = 1; step <= row.wire.size(); ++step) {
      CAPTURE(row.why);
      CAPTURE(step);
      const Decoded decoded = decode(BodyDecoder::chunked(), row.wire, step);
      CHECK(decoded.body == row.body);
      CHECK(decoded.state == row.state);
      CHECK(decoded.left == row.left);
    }
  }
}

TEST_CASE("body decoder: extensions and trailers are bounded") {
  const std::string filler(100'000, 'x');
  CHECK(decode(BodyDecoder::chunked(), "1;" + filler, 1000).state == BodyDecoder::State::broken);
  std::string trailers = "0\r\n";
  for (int i = 0; i < 50'000; ++i)
    trailers += "a:b\r\n";
  CHECK(decode(BodyDecoder::chunked(), trailers, 1000).state == BodyDecoder::State::broken);
}

TEST_CASE("body decoder: a length, and until the connection ends") {
  const Decoded exact = decode(BodyDecoder::length(3), "abcdef", 1);
  CHECK(exact.body == "abc");
  CHECK(exact.left == 3);
  CHECK(exact.state == BodyDecoder::State::complete);
  CHECK(BodyDecoder::none().state() == BodyDecoder::State::complete);
  const Decoded open = decode(BodyDecoder::until_close(), "abcdef", 4);
  CHECK(open.body == "abcdef");
  CHECK(open.state == BodyDecoder::State::more);
}

TEST_CASE("body decoder: is small, for there are ten thousand") {
  CHECK(sizeof(BodyDecoder) <= 24);
}
