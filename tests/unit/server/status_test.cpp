#include "server/status.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "server/status_endpoint.hpp"
#include "support/fake_exchange.hpp"
#include "support/fake_loop.hpp"

namespace rtctl::server {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using test::request;

constexpr WallTime kNoon = rtctl::test::FakeLoop::kWallStart;

/// A store that can be away.
class Flaky final : public Store {
 public:
  Result<void> read(const Work& work) override { return write(work); }
  Result<void> write(const Work& work) override {
    if (is_away) return fail(ErrorKind::system, "away");
    return memory->write(work);
  }
  bool is_shared() const override { return false; }

  bool is_away = false;
  std::unique_ptr<Store> memory = make_memory_store();
};

struct Served {
  rtctl::test::FakeLoop loop;
  Flaky store;
  StorePool pool{loop, store, {.threads = 0}};
  std::size_t streams = 0;
  StatusEndpoint endpoint{loop, pool, [this] { return streams; }};

  Response ask() {
    const auto exchange = std::make_shared<test::FakeExchange>(request("GET /api/status"));
    endpoint.handle(exchange);
    loop.advance(0s);
    REQUIRE(exchange->answers == 1);
    return *exchange->answer;
  }
};

TEST_CASE("status: sums up the servers that noted something lately") {
  const std::vector<ServerSample> samples{
      {"a", kNoon - 2h, kNoon - 1s, 3, 10'000'000},
      {"b", kNoon - 1h, kNoon - 2s, 4, 5'500'000},
      {"gone", kNoon - 9h, kNoon - 11s, 100, 1'000'000'000},
  };
  const Status status = sum_up(samples, 5, kNoon);
  CHECK(status.uptime_hours == doctest::Approx(2));
  CHECK(status.online_users == 12);
  CHECK(status.memory_megabytes == doctest::Approx(15.5));
  CHECK(status_json(status) == R"({"uptime":2.0000,"online_users":12,"memory_usage":15.5})");
}

TEST_CASE("status: is refreshed once a second, with the same ETag in between") {
  Served served;
  const auto first = served.ask();
  CHECK(first.status == 200);
  CHECK(first.fields.find("Cache-Control") == "no-cache");
  CHECK(json::parse(first.body)["online_users"] == 0);
  CHECK(json::parse(first.body)["memory_usage"] > 1);
  const std::string tag(*first.fields.find("ETag"));
  served.streams = 7;
  REQUIRE(served.store.write([](Tables& tables) {
    tables.put_client({"", "ann", 0, 0, kNoon});
    tables.put_client({"tea", "ann", 0, 0, kNoon});
    tables.put_client({"tea", "bob", 0, 0, kNoon - 40s});
  }));
  served.loop.advance(900ms);
  CHECK(served.ask().fields.find("ETag") == tag);
  served.loop.advance(200ms);
  const auto second = served.ask();
  CHECK(second.fields.find("ETag") != tag);
  CHECK(json::parse(second.body)["online_users"] == 8);
  served.loop.advance(1h);
  CHECK(json::parse(served.ask().body)["uptime"] == doctest::Approx(1.0003).epsilon(0.001));
}

TEST_CASE("status: 503 while the store is away, and back by itself") {
  Served served;
  CHECK(served.ask().status == 200);
  served.store.is_away = true;
  served.loop.advance(1s);
  const auto away = served.ask();
  CHECK(away.status == 503);
  CHECK(away.fields.find("Retry-After") == "1");
  served.store.is_away = false;
  served.loop.advance(1s);
  CHECK(served.ask().status == 200);
}

}  // namespace
}  // namespace rtctl::server
