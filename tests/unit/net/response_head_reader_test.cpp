#include "net/response_head_reader.hpp"

#include <doctest/doctest.h>

#include <array>
#include <random>
#include <string>

#include "net/head_collector.hpp"

using namespace rtctl::net;

namespace {

const std::string kHead = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: 1\r\n\r\n";

void check_same(const HeadResult& a, const HeadResult& b) {
  CHECK(a.kind == b.kind);
  CHECK(a.bytes == b.bytes);
  CHECK(a.keeps_alive == b.keeps_alive);
  CHECK(a.is_encoded == b.is_encoded);
  CHECK(a.detail == b.detail);
}

}  // namespace

TEST_CASE("response head reader: the same head again, another one, and the first again") {
  ResponseHeadReader reader;
  for (int i = 0; i < 2; ++i) {
    CHECK(reader.read(kHead + "ok", "GET", 0).bytes == kHead.size());
    CHECK(reader.head().headers.size() == 2);
    reader.read("HTTP/1.1 304 Not Modified\r\n\r\n", "GET", 0);
    CHECK(reader.head().status == 304);
    CHECK(reader.head().headers.empty());
  }
}

TEST_CASE("response head reader: an answer to HEAD has no body, though its head is that of a GET") {
  ResponseHeadReader reader;
  CHECK(reader.read(kHead, "GET", 0).body.state() == BodyDecoder::State::more);
  CHECK(reader.read(kHead, "HEAD", 0).body.state() == BodyDecoder::State::complete);
  CHECK(reader.read(kHead, "GET", 0).body.state() == BodyDecoder::State::more);
}

TEST_CASE("response head reader: what was malformed or cut is read anew") {
  ResponseHeadReader reader;
  reader.read(kHead, "GET", 0);
  CHECK(reader.read(kHead.substr(0, 30), "GET", 0).kind == HeadResult::Kind::more);
  CHECK(reader.read(kHead, "GET", 0).kind == HeadResult::Kind::complete);
  CHECK(reader.read("HTTP/1.1 2xx\r\n\r\n", "GET", 0).kind == HeadResult::Kind::bad_frame);
  CHECK(reader.read(kHead, "GET", 0).kind == HeadResult::Kind::complete);
  CHECK(reader.head().status == 200);
}

TEST_CASE("response head reader: bodies are read from their beginning each time") {
  ResponseHeadReader reader;
  for (int i = 0; i < 3; ++i) {
    BodyDecoder body = reader.read(kHead + "ok", "GET", 0).body;
    std::string_view bytes = "ok";
    CHECK(body.next(bytes) == "ok");
    CHECK(body.state() == BodyDecoder::State::complete);
  }
}

TEST_CASE("response head reader: as if each head were read alone") {
  const std::array<std::string, 6> heads{
      kHead,
      "HTTP/1.1 103 Early\r\nLink: a\r\n\r\n" + kHead,
      "HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 2\r\n\r\n",
      "HTTP/1.0 200 OK\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 2x\r\n\r\n"};
  constexpr unsigned kSeed = 4;
  std::mt19937 random(kSeed);
  ResponseHeadReader reader;
  for (int i = 0; i < 2000; ++i) {
    const std::string& head = heads[random() % heads.size()];
    const std::string buffer = (head + "ok").substr(0, random() % 8 == 0 ? random() % 40 : 500);
    const std::string method = random() % 4 == 0 ? "HEAD" : "GET";
    const std::size_t before = random() % 8 == 0 ? kHeadBytesMax : 0;
    CAPTURE(buffer);
    ResponseHead alone;
    check_same(reader.read(buffer, method, before),
               read_response_head(buffer, method, before, alone));
  }
}
