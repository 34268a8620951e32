// A name server that does not answer must not hold up whoever gives up on it.
#include <dlfcn.h>
#include <netdb.h>

#include <chrono>
#include <string_view>
#include <thread>

#include "loopback/transport_fixture.hpp"

using namespace rtctl;
using namespace rtctl::test;
using namespace std::chrono_literals;
using net::OutcomeKind;

/// Found before the C library's by all of this process, libcurl's resolver threads included.
extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo* hints,
                           addrinfo** result) {
  if (name != nullptr && std::string_view(name) == "slow.test") {
    std::this_thread::sleep_for(4s);
    return EAI_AGAIN;
  }
  static const auto next =
      reinterpret_cast<decltype(&getaddrinfo)>(dlsym(RTLD_NEXT, "getaddrinfo"));
  return next(name, service, hints, result);
}

TEST_CASE("transport: a lookup under way does not hold up cancelling, time-outs and the end") {
  for (const NamedDriver& named : kDrivers) {
    CAPTURE(named.name);
    const auto started = std::chrono::steady_clock::now();
    {
      Driver driver(named.make);
      const auto late = driver.get({.url = "http://slow.test/"}, {.connect_timeout = 100ms});
      CHECK(late.outcome.kind == OutcomeKind::connect_timeout);
      const auto channel = driver.transport().open_channel({});
      Exchange exchange;
      channel->start({.url = "http://slow.test/"}, exchange);
      const Timer soon = driver.loop().after(50ms, [&] { channel->cancel(); });
      CHECK(driver.run_until([&] { return std::chrono::steady_clock::now() > started + 300ms; }));
      CHECK(exchange.ends == 0);
    }
    CHECK(std::chrono::steady_clock::now() - started < 3s);
  }
}
