// The impaired path between real sockets: a client, the proxy on its loop, and an echo server.
#include "proxy/proxy.hpp"

#include <doctest/doctest.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <future>
#include <string>
#include <thread>

using namespace rtctl;
using namespace rtctl::proxy;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

/// Echoes one connection until it ends, then ends it too.
class EchoServer {
 public:
  EchoServer() : acceptor_(context_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
    thread_ = std::thread([this] {
      boost::system::error_code error;
      tcp::socket socket(context_);
      acceptor_.accept(socket, error);
      char buffer[4096];
      while (!error) {
        const std::size_t got = socket.read_some(asio::buffer(buffer), error);
        if (got > 0) asio::write(socket, asio::buffer(buffer, got), error);
      }
    });
  }
  ~EchoServer() {
    // Wakes an accept that nobody came for.
    boost::system::error_code ignored;
    tcp::socket(context_).connect(acceptor_.local_endpoint(), ignored);
    thread_.join();
  }
  std::string address() const {
    return "127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
  }

 private:
  asio::io_context context_;
  tcp::acceptor acceptor_;
  std::thread thread_;
};

/// A proxy in front of an echo server, on a loop and thread of its own.
class Path {
 public:
  explicit Path(const Impairment& impairment) : loop_(make_asio_loop()) {
    auto started = start_proxy(*loop_, {.upstream = server_.address(), .impairment = impairment});
    REQUIRE(started);
    proxy_ = std::move(*started);
    const std::string address = proxy_->address();
    port_ = static_cast<unsigned short>(std::stoi(address.substr(address.rfind(':') + 1)));
    thread_ = std::thread([this] { loop_->run(); });
  }
  ~Path() {
    loop_->post([this] {
      proxy_.reset();
      loop_->stop();
    });
    thread_.join();
  }

  tcp::socket connect() {
    tcp::socket socket(context_);
    socket.connect({asio::ip::address_v4::loopback(), port_});
    return socket;
  }

  ProxyCounts counts() {
    std::promise<ProxyCounts> counts;
    loop_->post([&] { counts.set_value(proxy_->counts()); });
    return counts.get_future().get();
  }

 private:
  EchoServer server_;
  std::unique_ptr<AsioLoop> loop_;
  std::unique_ptr<Proxy> proxy_;
  asio::io_context context_;
  unsigned short port_ = 0;
  std::thread thread_;
};

/// Sends `text`, ends its side and returns what came back until the end.
std::string echoed(tcp::socket socket, const std::string& text, boost::system::error_code& error) {
  std::thread sender([&] {
    boost::system::error_code ignored;
    asio::write(socket, asio::buffer(text), ignored);
    socket.shutdown(tcp::socket::shutdown_send, ignored);
  });
  std::string back;
  asio::read(socket, asio::dynamic_buffer(back), error);
  sender.join();
  return back;
}

}  // namespace

TEST_CASE("proxy: every byte arrives in order, and the end is passed on") {
  std::string text;
  for (int i = 0; i < 20'000; ++i)
    text += std::to_string(i) + "\n";
  for (const Impairment& impairment :
       {Impairment{}, Impairment{.latency = 5ms, .jitter = 5ms}, Impairment{.segment = 997}}) {
    Path path(impairment);
    boost::system::error_code error;
    CHECK(echoed(path.connect(), text, error) == text);
    CHECK(error == asio::error::eof);
    CHECK(path.counts().bytes_down == text.size());
    CHECK(path.counts().cut == 0);
  }
}

TEST_CASE("proxy: latency counts in both directions") {
  Path path({.latency = 60ms});
  const auto start = std::chrono::steady_clock::now();
  boost::system::error_code error;
  CHECK(echoed(path.connect(), "ping", error) == "ping");
  CHECK(std::chrono::steady_clock::now() - start >= 120ms);
}

TEST_CASE("proxy: bandwidth bounds the rate") {
  Path path({.bandwidth = 100'000});
  const auto start = std::chrono::steady_clock::now();
  boost::system::error_code error;
  CHECK(echoed(path.connect(), std::string(30'000, 'x'), error).size() == 30'000);
  CHECK(std::chrono::steady_clock::now() - start >= 250ms);
}

TEST_CASE("proxy: a connection is cut after so many bytes, as a reset when wished") {
  Path path({.cut_after = 1000, .reset = true, .segment = 100});
  boost::system::error_code error;
  const std::string back = echoed(path.connect(), std::string(100'000, 'x'), error);
  CHECK(error == asio::error::connection_reset);
  CHECK(back.size() <= 1100);
  CHECK(path.counts().cut == 1);
}

TEST_CASE("proxy: a connection is cut after a while") {
  Path path({.cut_every = 100ms});
  tcp::socket socket = path.connect();
  std::string back;
  boost::system::error_code error;
  const auto start = std::chrono::steady_clock::now();
  asio::read(socket, asio::dynamic_buffer(back), error);
  CHECK(error == asio::error::eof);
  CHECK(std::chrono::steady_clock::now() - start >= 45ms);
}

TEST_CASE("proxy: refused connections are reset") {
  Path path({.refuse = 1});
  tcp::socket socket = path.connect();
  char byte;
  boost::system::error_code error;
  socket.read_some(asio::buffer(&byte, 1), error);
  CHECK(error == asio::error::connection_reset);
  CHECK(path.counts().refused == 1);
}

TEST_CASE("proxy: addresses that are none are refused with what would be right") {
  const auto loop = make_asio_loop();
  const auto proxy = start_proxy(*loop, {.upstream = "nowhere"});
  REQUIRE(!proxy);
  CHECK(proxy.error().message == "\"nowhere\" is not an address; write it like \"127.0.0.1:8080\"");
}
