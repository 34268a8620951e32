// How bodies are framed (RFC 9112, section 6), wherever the bytes are cut.
#include <thread>

#include "loopback/transport_fixture.hpp"

using namespace rtctl;
using namespace rtctl::test;
using net::OutcomeKind;

namespace {

struct Sample {
  const char* why;
  std::string response;
  std::string body;
  OutcomeKind kind = OutcomeKind::complete;
  int status = 200;
  std::string method = "GET";
};

const std::vector<Sample>& samples() {
  static const std::vector<Sample> all{
      {"length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello"},
      {"length 0", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ""},
      {"until close", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello", "hello"},
      {"HTTP/1.0 until close", "HTTP/1.0 200 OK\r\n\r\nhello", "hello"},
      {"chunks",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n",
       "hello!"},
      {"chunk extensions and upper-case sizes",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nA;x=\"1\"\r\n0123456789\r\n0\r\n\r\n",
       "0123456789"},
      {"trailers",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 1\r\nY: "
       "2\r\n\r\n",
       "hi"},
      {"informational heads are swallowed",
       "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
       "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
       "ok"},
      {"HEAD has no body", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "",
       OutcomeKind::complete, 200, "HEAD"},
      {"204 has no body", "HTTP/1.1 204 No Content\r\n\r\n", "", OutcomeKind::complete, 204},
      {"304 has no body", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "",
       OutcomeKind::complete, 304},
      {"a short body", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", "hello",
       OutcomeKind::bad_frame},
      {"chunks without the last",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "hello",
       OutcomeKind::reset},
      {"a chunk size that is no number",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\nhello\r\n",
       "hello", OutcomeKind::bad_frame},
  };
  return all;
}

void check(const Sample& sample, const Exchange& exchange) {
  CHECK(exchange.ends == 1);
  CHECK(exchange.heads == 1);
  CHECK(exchange.head.status == sample.status);
  CHECK(exchange.body == sample.body);
  CHECK(exchange.outcome.kind == sample.kind);
  CHECK(exchange.connected == 1);
  if (sample.kind != OutcomeKind::complete) CHECK_FALSE(exchange.outcome.detail.empty());
}

}  // namespace

TEST_CASE("transport: every kind of body framing, byte by byte") {
  with_each_driver([](Driver& driver) {
    for (const Sample& sample : samples()) {
      CAPTURE(sample.why);
      ScriptedServer server([&](Peer& peer, int) {
        peer.read_request();
        peer.send_bytewise(sample.response);
      });
      check(sample, driver.get({.method = sample.method, .url = server.url()}));
    }
  });
}

TEST_CASE("transport: a response in two reads means the same wherever it is cut") {
  with_each_driver([](Driver& driver) {
    for (const Sample& sample : samples()) {
      CAPTURE(sample.why);
      ScriptedServer server([&](Peer& peer, int cut) {
        peer.read_request();
        const std::string_view all = sample.response;
        peer.send(all.substr(0, static_cast<std::size_t>(cut)));
        std::this_thread::sleep_for(std::chrono::microseconds(300));  // two segments, mostly
        peer.send(all.substr(static_cast<std::size_t>(cut)));
      });
      for (std::size_t cut = 0; cut < sample.response.size(); ++cut) {
        CAPTURE(cut);
        check(sample, driver.get({.method = sample.method, .url = server.url()}));
      }
    }
  });
}
