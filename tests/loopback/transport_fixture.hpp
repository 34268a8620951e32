// What the transport tests share: a loop with a driver on it, and an exchange that writes down what
// it was told.
#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/asio_loop.hpp"
#include "net/curl_transport.hpp"
#include "net/direct_transport.hpp"
#include "net/transport.hpp"
#include "support/scripted_server.hpp"

namespace rtctl::test {

/// Writes down one exchange. The hooks let a test act inside a callback.
class Exchange final : public net::ExchangeHandler {
 public:
  void on_connected(bool was_reused) override {
    ++connected;
    reused = was_reused;
    if (connected_hook) connected_hook();
  }
  void on_head(const net::ResponseHead& response) override {
    ++heads;
    head = response;
    if (head_hook) head_hook();
  }
  void on_body(std::string_view bytes, TimePoint) override {
    body += bytes;
    if (body_hook) body_hook();
  }
  void on_activity(TimePoint) override { ++activities; }
  void on_end(const net::Outcome& what) override {
    ++ends;
    outcome = what;
    if (end_hook) end_hook();
  }

  std::function<void()> connected_hook, head_hook, body_hook, end_hook;
  int connected = 0, heads = 0, ends = 0, activities = 0;
  bool reused = false;
  net::ResponseHead head;
  std::string body;
  net::Outcome outcome;
};

/// A driver under test on a loop of its own.
class Driver {
 public:
  using Make = std::unique_ptr<net::Transport> (*)(AsioLoop&);

  explicit Driver(Make make) : make_(make), loop_(make_asio_loop()), transport_(make(*loop_)) {}

  Make maker() const { return make_; }
  AsioLoop& loop() { return *loop_; }
  net::Transport& transport() { return *transport_; }

  /// Runs the loop until `done` holds; false after 20 s.
  bool run_until(const std::function<bool()>& done) {
    const TimePoint limit = loop_->now() + std::chrono::seconds(20);
    while (!done() && loop_->now() < limit) {
      const Timer tick = loop_->after(std::chrono::milliseconds(2), [this] { loop_->stop(); });
      loop_->run();
    }
    return done();
  }

  /// One whole exchange on the channel.
  Exchange get(net::Channel& channel, const net::Request& request) {
    Exchange exchange;
    exchange.end_hook = [this] { loop_->stop(); };
    channel.start(request, exchange);
    CHECK(run_until([&] { return exchange.ends > 0; }));
    exchange.end_hook = nullptr;
    return exchange;
  }

  /// The same on a channel made for it.
  Exchange get(const net::Request& request, const net::ChannelOptions& options = {}) {
    const auto channel = transport_->open_channel(options);
    return get(*channel, request);
  }

 private:
  Make make_;
  std::unique_ptr<AsioLoop> loop_;
  std::unique_ptr<net::Transport> transport_;
};

struct NamedDriver {
  const char* name;
  Driver::Make make;
};

/// Every case of the suite runs with each of these.
inline const NamedDriver kDrivers[] = {{"curl", &net::make_curl_transport},
                                       {"direct", &net::make_direct_transport}};

/// Each driver in turn: `body` is run as a subcase of the driver's name.
template <typename Body>
void with_each_driver(Body body) {
  for (const NamedDriver& driver : kDrivers) {
    DOCTEST_SUBCASE(driver.name) {
      INFO("driver: ", driver.name);
      Driver instance(driver.make);
      body(instance);
    }
  }
}

}  // namespace rtctl::test
