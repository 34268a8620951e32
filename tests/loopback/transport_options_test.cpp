// Names, credentials, and what only libcurl does: compression, proxies, unix sockets, netrc.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>

#include "loopback/transport_fixture.hpp"

using namespace rtctl;
using namespace rtctl::test;
using net::OutcomeKind;

namespace {

constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

void answer_all(Peer& peer, int) {
  while (!peer.read_request().empty())
    peer.send(kOk);
}

Driver make_curl() {
  return Driver(&net::make_curl_transport);
}

/// gzip, flushed after each text, so that each can be decoded when it has come.
class Gzip {
 public:
  Gzip() { deflateInit2(&stream_, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY); }
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;
  ~Gzip() { deflateEnd(&stream_); }

  std::string add(std::string_view text, int flush = Z_SYNC_FLUSH) {
    std::string out(text.size() + 1000, '\0');
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream_.avail_in = static_cast<uInt>(text.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    deflate(&stream_, flush);
    out.resize(out.size() - stream_.avail_out);
    return out;
  }

 private:
  z_stream stream_{};
};

std::string hex(std::size_t value) {
  char digits[20];
  std::snprintf(digits, sizeof digits, "%zx", value);
  return digits;
}

std::string chunk(std::string_view bytes) {
  return hex(bytes.size()) + "\r\n" + std::string(bytes) + "\r\n";
}

}  // namespace

TEST_CASE("transport: a name is looked up, also by many channels at once") {
  with_each_driver([](Driver& driver) {
    ScriptedServer server(answer_all);
    const std::string url = "http://localhost:" + std::to_string(server.port()) + "/";
    std::vector<Exchange> exchanges(20);
    std::vector<std::unique_ptr<net::Channel>> channels;
    int ends = 0;
    for (Exchange& exchange : exchanges) {
      channels.push_back(driver.transport().open_channel({}));
      exchange.end_hook = [&] { ++ends; };
      channels.back()->start({.url = url}, exchange);
    }
    channels[3].reset();  // some give up while the lookup is under way
    channels[0]->cancel();
    CHECK(driver.run_until([&] { return ends == 18; }));
    for (std::size_t i = 0; i < exchanges.size(); ++i) {
      const bool gave_up = i == 0 || i == 3;
      CHECK(exchanges[i].ends == (gave_up ? 0 : 1));
      if (!gave_up) CHECK(exchanges[i].outcome.kind == OutcomeKind::complete);
    }
    const auto refused =
        driver.get({.url = "http://localhost:" + std::to_string(unused_port()) + "/"});
    CHECK(refused.outcome.kind == OutcomeKind::connect);
  });
}

TEST_CASE("transport: user and password become Basic authentication") {
  with_each_driver([](Driver& driver) {
    std::string seen;
    ScriptedServer server([&](Peer& peer, int) {
      seen = peer.read_request();
      peer.send(kOk);
    });
    driver.get({.url = server.url()}, {.user_password = "Aladdin:open sesame"});
    CHECK(seen.find("Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n") != std::string::npos);
  });
}

TEST_CASE("transport: an encoding that nobody asked for is refused") {
  with_each_driver([](Driver& driver) {
    ScriptedServer server([&](Peer& peer, int) {
      peer.read_request();
      peer.send("HTTP/1.1 200 OK\r\nContent-Encoding: exi\r\nContent-Length: 2\r\n\r\nok");
      peer.wait_for_close();
    });
    const auto exchange = driver.get({.url = server.url()});
    CHECK(exchange.heads == 1);
    CHECK(exchange.body == "");
    CHECK(exchange.outcome.kind == OutcomeKind::bad_encoding);
    CHECK(exchange.outcome.detail.find("exi") != std::string::npos);
  });
}

TEST_CASE("direct transport: says what it cannot do") {
  const std::string url = "http://127.0.0.1/";
  CHECK_FALSE(net::direct_obstacle({}, url));
  CHECK(net::direct_obstacle({.version = net::HttpVersion::http2}, url));
  CHECK(net::direct_obstacle({.accept_compressed = true}, url));
  CHECK(net::direct_obstacle({.proxy = "http://127.0.0.1:1"}, url));
  CHECK(net::direct_obstacle({.unix_socket = "/tmp/x"}, url));
  CHECK(net::direct_obstacle({.use_netrc = true}, url));
  CHECK(net::direct_obstacle({.source_address = "eth0"}, url));
  CHECK(net::direct_obstacle({}, "http://user:password@127.0.0.1/"));
  CHECK(net::direct_obstacle({}, "ws://127.0.0.1/"));
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);
  CHECK(net::direct_obstacle({}, url));
  CHECK_FALSE(net::direct_obstacle({}, "https://127.0.0.1/"));
  ::setenv("no_proxy", "example.org, 127.0.0.1", 1);
  CHECK_FALSE(net::direct_obstacle({}, url));
  ::unsetenv("http_proxy");
  ::unsetenv("no_proxy");
}

TEST_CASE("curl transport: compressed streams are decoded as they arrive") {
  Driver driver = make_curl();
  std::string seen;
  std::atomic<int> step = 0;
  ScriptedServer server([&](Peer& peer, int) {
    seen = peer.read_request();
    Gzip gzip;
    peer.send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (const char* text : {"data: 1\n\n", "data: 2\n\n", "data: 3\n\n"}) {
      const int before = step;
      peer.send(chunk(gzip.add(text)));
      while (step == before)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    peer.send(chunk(gzip.add("", Z_FINISH)) + "0\r\n\r\n");
  });
  const auto channel = driver.transport().open_channel({.accept_compressed = true});
  Exchange exchange;
  exchange.body_hook = [&] { ++step; };
  channel->start({.url = server.url()}, exchange);
  CHECK(driver.run_until([&] { return exchange.ends == 1; }));
  CHECK(seen.find("Accept-Encoding: gzip, br, zstd\r\n") != std::string::npos);
  CHECK(exchange.body == "data: 1\n\ndata: 2\n\ndata: 3\n\n");
  CHECK(exchange.outcome.kind == OutcomeKind::complete);
  step = 100;
}

TEST_CASE("curl transport: compressed bytes that decode to nothing are a sign of life") {
  Driver driver = make_curl();
  Gzip gzip;
  const std::string header = gzip.add("", Z_NO_FLUSH) + gzip.add("x");
  ScriptedServer server([&](Peer& peer, int) {
    peer.read_request();
    peer.send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n");
    peer.send(chunk(header.substr(0, 5)));
    peer.wait_for_close();
  });
  const auto channel = driver.transport().open_channel({.accept_compressed = true});
  Exchange exchange;
  int after_head = 0;
  exchange.head_hook = [&] { after_head = exchange.activities; };
  channel->start({.url = server.url()}, exchange);
  CHECK(driver.run_until([&] { return exchange.heads == 1 && exchange.activities > after_head; }));
  CHECK(exchange.body == "");
}

TEST_CASE("curl transport: corrupt compressed data is broken framing, an unknown coding is not") {
  Driver driver = make_curl();
  for (const bool is_known : {true, false}) {
    CAPTURE(is_known);
    ScriptedServer server([&](Peer& peer, int) {
      peer.read_request();
      peer.send(std::string("HTTP/1.1 200 OK\r\nContent-Encoding: ") +
                (is_known ? "gzip" : "compress") + "\r\nContent-Length: 12\r\n\r\nnot gzip    ");
      peer.wait_for_close();
    });
    const auto exchange = driver.get({.url = server.url()}, {.accept_compressed = true});
    CHECK(exchange.outcome.kind == (is_known ? OutcomeKind::bad_frame : OutcomeKind::bad_encoding));
    CHECK_FALSE(exchange.outcome.detail.empty());
  }
}

TEST_CASE("curl transport: proxies, named and of the environment") {
  Driver driver = make_curl();
  std::string seen;
  ScriptedServer proxy([&](Peer& peer, int) {
    seen = peer.read_request();
    peer.send(kOk);
  });
  const std::string address = "http://127.0.0.1:" + std::to_string(proxy.port());
  const auto named = driver.get({.url = "http://example.test/x"}, {.proxy = address});
  CHECK(named.outcome.kind == OutcomeKind::complete);
  CHECK(seen.starts_with("GET http://example.test/x HTTP/1.1\r\n"));
  ::setenv("http_proxy", address.c_str(), 1);
  const auto found = driver.get({.url = "http://example.test/y"});
  ::unsetenv("http_proxy");
  CHECK(found.outcome.kind == OutcomeKind::complete);
  CHECK(seen.starts_with("GET http://example.test/y HTTP/1.1\r\n"));
  const auto dead = driver.get({.url = "http://example.test/"},
                               {.proxy = "http://127.0.0.1:" + std::to_string(unused_port())});
  CHECK(dead.outcome.kind == OutcomeKind::connect);
}

TEST_CASE("curl transport: a proxy that refuses the tunnel") {
  Driver driver = make_curl();
  ScriptedServer proxy([&](Peer& peer, int) {
    peer.read_request();
    peer.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
  });
  const auto exchange = driver.get({.url = "https://example.test/"},
                                   {.proxy = "http://127.0.0.1:" + std::to_string(proxy.port())});
  CHECK(exchange.outcome.kind == OutcomeKind::connect);
  CHECK(exchange.heads == 0);
}

TEST_CASE("curl transport: unix sockets and netrc") {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("rtctl-net-" + std::to_string(::getpid()));
  std::filesystem::create_directory(folder);
  const std::string path = folder / "socket";
  const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  REQUIRE(::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(::listen(listener, 1) == 0);
  std::string seen;
  std::thread serve([&] {
    const int fd = ::accept(listener, nullptr, nullptr);
    {
      Peer peer(fd, nullptr);
      seen = peer.read_request();
      peer.send(kOk);
    }
    ::close(fd);
  });
  std::ofstream(folder / ".netrc") << "machine example.test login me password secret\n";
  const std::string home = std::getenv("HOME") != nullptr ? std::getenv("HOME") : "";
  ::setenv("HOME", folder.c_str(), 1);
  Driver driver = make_curl();
  const auto exchange =
      driver.get({.url = "http://example.test/"}, {.unix_socket = path, .use_netrc = true});
  ::setenv("HOME", home.c_str(), 1);
  serve.join();
  ::close(listener);
  std::filesystem::remove_all(folder);
  CHECK(exchange.outcome.kind == OutcomeKind::complete);
  CHECK(seen.find("Host: example.test\r\n") != std::string::npos);
  CHECK(seen.find("Authorization: Basic bWU6c2VjcmV0\r\n") != std::string::npos);
}
