// What goes wrong on the way, by its kind.
#include <chrono>

#include "loopback/transport_fixture.hpp"

using namespace rtctl;
using namespace rtctl::test;
using namespace std::chrono_literals;
using net::OutcomeKind;

TEST_CASE("transport: nobody listens") {
  with_each_driver([](Driver& driver) {
    const int port = unused_port();
    const auto exchange = driver.get({.url = "http://127.0.0.1:" + std::to_string(port) + "/"});
    CHECK(exchange.outcome.kind == OutcomeKind::connect);
    CHECK(exchange.outcome.detail.find(std::to_string(port)) != std::string::npos);
    CHECK(exchange.outcome.detail.find("refused") != std::string::npos);
    CHECK(exchange.connected == 0);
    CHECK(exchange.heads == 0);
  });
}

TEST_CASE("transport: a name that does not resolve") {
  with_each_driver([](Driver& driver) {
    const auto exchange = driver.get({.url = "http://no-such-host.invalid/"});
    CHECK(exchange.outcome.kind == OutcomeKind::dns);
    CHECK(exchange.outcome.detail.find("no-such-host.invalid") != std::string::npos);
  });
}

TEST_CASE("transport: nobody answers the connection attempt") {
  with_each_driver([](Driver& driver) {
    // An address set aside for documentation (RFC 5737): no answer, or no route where there is
    // none.
    const auto exchange = driver.get({.url = "http://192.0.2.1:81/"}, {.connect_timeout = 300ms});
    const bool is_expected = exchange.outcome.kind == OutcomeKind::connect_timeout ||
                             exchange.outcome.kind == OutcomeKind::connect;
    CHECK(is_expected);
  });
}

TEST_CASE("transport: a TLS handshake that is never answered runs into the connect time-out") {
  with_each_driver([](Driver& driver) {
    ScriptedServer server([](Peer& peer, int) { peer.wait_for_close(); });
    const std::string url = "https://127.0.0.1:" + std::to_string(server.port()) + "/";
    const auto exchange = driver.get({.url = url}, {.connect_timeout = 300ms, .insecure = true});
    CHECK(exchange.outcome.kind == OutcomeKind::connect_timeout);
    CHECK_FALSE(exchange.outcome.detail.empty());
  });
}

TEST_CASE("transport: a server that does not speak TLS") {
  with_each_driver([](Driver& driver) {
    ScriptedServer server([](Peer& peer, int) {
      peer.read_some(5);
      peer.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
      peer.wait_for_close();
    });
    const std::string url = "https://127.0.0.1:" + std::to_string(server.port()) + "/";
    const auto exchange = driver.get({.url = url}, {.insecure = true});
    CHECK(exchange.outcome.kind == OutcomeKind::tls);
  });
}

TEST_CASE("transport: connections that end before the response does") {
  struct Row {
    const char* why;
    std::string sent;
    bool resets;
    int heads;
  };
  const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::vector<Row> rows{
      {"closed without a word", "", false, 0},
      {"reset without a word", "", true, 0},
      {"closed in mid-head", "HTTP/1.1 200 OK\r\nContent-", false, 0},
      {"reset in mid-head", "HTTP/1.1 200 OK\r\nContent-", true, 0},
      {"closed in mid-body", head + "5\r\nhel", false, 1},
      {"reset in mid-body", head + "5\r\nhel", true, 1},
  };
  with_each_driver([&](Driver& driver) {
    for (const Row& row : rows) {
      CAPTURE(row.why);
      std::atomic<bool> seen = row.heads == 0;  // a reset overtakes bytes that were not read yet
      ScriptedServer server([&](Peer& peer, int) {
        peer.read_request();
        peer.send(row.sent);
        while (!seen)
          std::this_thread::sleep_for(1ms);
        if (row.resets) peer.reset();
      });
      const auto channel = driver.transport().open_channel({});
      Exchange exchange;
      exchange.body_hook = [&] { seen = true; };
      channel->start({.url = server.url()}, exchange);
      CHECK(driver.run_until([&] { return exchange.ends > 0; }));
      CHECK(exchange.outcome.kind == OutcomeKind::reset);
      CHECK(exchange.heads == row.heads);
      CHECK(exchange.ends == 1);
      seen = true;
    }
  });
}

TEST_CASE("transport: answers that are not HTTP/1") {
  const std::vector<std::string> answers{
      "hello\r\n\r\n",
      "SSH-2.0-OpenSSH_9.2\r\n",
      std::string(100, '\0') + "\r\n\r\n",
      "HTTP/1.1 abc OK\r\n\r\n",
      "HTTP/9.9 200 OK\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n",
  };
  with_each_driver([&](Driver& driver) {
    for (const std::string& answer : answers) {
      CAPTURE(answer);
      ScriptedServer server([&](Peer& peer, int) {
        peer.read_request();
        peer.send(answer);
      });
      const auto exchange = driver.get({.url = server.url()});
      CHECK(exchange.outcome.kind == OutcomeKind::bad_frame);
      CHECK_FALSE(exchange.outcome.detail.empty());
    }
  });
}

TEST_CASE("transport: heads without end") {
  with_each_driver([](Driver& driver) {
    for (const std::string& piece : {std::string("X-Filler: 0123456789\r\n"), std::string("x")}) {
      CAPTURE(piece);
      ScriptedServer server([&](Peer& peer, int) {
        peer.read_request();
        peer.send("HTTP/1.1 200 OK\r\nX: ");
        std::string block;
        for (int i = 0; i < 1000; ++i)
          block += piece;
        while (peer.send(block)) {
        }
      });
      const auto exchange = driver.get({.url = server.url()});
      CHECK(exchange.outcome.kind == OutcomeKind::limit);
      CHECK(exchange.heads == 0);
    }
  });
}

TEST_CASE("transport: 1xx heads without end") {
  with_each_driver([](Driver& driver) {
    ScriptedServer server([&](Peer& peer, int) {
      peer.read_request();
      while (peer.send("HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n")) {
      }
    });
    const auto exchange = driver.get({.url = server.url()});
    CHECK(exchange.outcome.kind == OutcomeKind::limit);
  });
}

TEST_CASE("transport: requests that cannot be sent are refused before anything is") {
  using net::Request;
  ScriptedServer server([](Peer& peer, int) { peer.wait_for_close(); });
  const std::string url = server.url();
  const std::vector<Request> requests{
      {.method = "GET /", .url = url},
      {.method = "", .url = url},
      {.url = url, .headers = {{"X-A", "1\r\nX-B: 2"}}},
      {.url = url, .headers = {{"X A", "1"}}},
      {.url = url, .headers = {{"", "1"}}},
      {.url = url, .headers = {{"X-A", std::string("1\0", 2)}}},
      {.url = "ftp://127.0.0.1/"},
      {.url = "http://"},
      {.url = "nonsense"},
      {.url = "http://127.0.0.1:99999/"},
  };
  with_each_driver([&](Driver& driver) {
    for (const Request& request : requests) {
      CAPTURE(request.url);
      const auto exchange = driver.get(request);
      CHECK(exchange.ends == 1);
      CHECK(exchange.outcome.kind == OutcomeKind::unsupported);
      CHECK_FALSE(exchange.outcome.detail.empty());
    }
    CHECK(server.connections() == 0);
  });
}
