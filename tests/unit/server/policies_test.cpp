// What decides over a request before an endpoint sees it: CORS, rate limit, faults; and the log's
// line.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "server/access_line.hpp"
#include "server/cors.hpp"
#include "server/fault.hpp"
#include "server/rate_limit.hpp"

using namespace rtctl;
using namespace rtctl::server;
using namespace std::chrono_literals;

namespace {

Request from_origin(std::string_view method, std::string_view origin) {
  Request request;
  request.method = method;
  request.fields.set("Origin", origin);
  request.fields.set("Access-Control-Request-Method", "POST");
  return request;
}

}  // namespace

TEST_CASE("cors: only named origins may read, and caches are told") {
  const Cors cors({"https://app.example"});
  Response response;
  cors.apply(from_origin("GET", "https://app.example"), response);
  CHECK(response.fields.find("Access-Control-Allow-Origin") == "https://app.example");
  CHECK(response.fields.find("Vary") == "Origin");
  Response foreign;
  foreign.fields.set("Vary", "Accept-Encoding");
  cors.apply(from_origin("GET", "https://evil.example"), foreign);
  CHECK(!foreign.fields.find("Access-Control-Allow-Origin"));
  CHECK(foreign.fields.find("Vary") == "Accept-Encoding, Origin");
  CHECK(!cors.is_preflight(from_origin("OPTIONS", "https://evil.example")));
}

TEST_CASE("cors: a preflight names methods and fields") {
  const Cors cors({"https://app.example"});
  const Request request = from_origin("OPTIONS", "https://app.example");
  REQUIRE(cors.is_preflight(request));
  const Response response = cors.preflight(request, "GET, POST");
  CHECK(response.status == 204);
  CHECK(response.fields.find("Access-Control-Allow-Methods") == "GET, POST");
  CHECK(response.fields.find("Access-Control-Allow-Headers")->find("last-event-id") !=
        std::string_view::npos);
}

TEST_CASE("cors: without an origin configured nothing is added") {
  Response response;
  Cors({}).apply(from_origin("GET", "https://app.example"), response);
  CHECK(response.fields.all().empty());
}

TEST_CASE("rate limit: a second's worth at once, then the rate") {
  RateLimit limit(10);
  TimePoint now{};
  for (int i = 0; i < 10; ++i)
    CHECK(!limit.admit("192.0.2.1", now));
  const auto wait = limit.admit("192.0.2.1", now);
  REQUIRE(wait);
  CHECK(*wait == 100ms);
  CHECK(!limit.admit("192.0.2.2", now));
  CHECK(!limit.admit("192.0.2.1", now + 100ms));
  CHECK(limit.admit("192.0.2.1", now + 100ms));
}

TEST_CASE("rate limit: 0 is no limit, and less than one a second still admits one") {
  RateLimit off(0);
  for (int i = 0; i < 1000; ++i)
    CHECK(!off.admit("a", TimePoint{}));
  RateLimit slow(0.5);
  CHECK(!slow.admit("a", TimePoint{}));
  CHECK(slow.admit("a", TimePoint{}));
  CHECK(!slow.admit("a", TimePoint{} + 2s));
}

TEST_CASE("rate limit: addresses are bounded, the one unseen longest goes") {
  RateLimit limit(1);
  CHECK(!limit.admit("first", TimePoint{}));
  for (std::size_t i = 0; i < RateLimit::kAddressesMax; ++i)
    limit.admit(std::to_string(i), TimePoint{});
  CHECK(limit.addresses() == RateLimit::kAddressesMax);
  CHECK(!limit.admit("first", TimePoint{}));
}

TEST_CASE("fault: the shares hold") {
  const auto rule = parse_fault("latency=200ms,jitter=50ms,error=5%,drop=1%,stall=2%@/api/events");
  REQUIRE(rule);
  CHECK(rule->path == "/api/events");
  Random random = make_random(7, 0);
  int errors = 0, drops = 0, stalls = 0;
  for (int i = 0; i < 20'000; ++i) {
    const Fault fault = draw_fault({*rule}, "/api/events", random);
    CHECK(fault.delay >= 150ms);
    CHECK(fault.delay <= 250ms);
    errors += fault.status.has_value();
    drops += fault.drop;
    stalls += fault.stall;
  }
  CHECK(errors == doctest::Approx(1000).epsilon(0.15));
  CHECK(drops == doctest::Approx(200).epsilon(0.3));
  CHECK(stalls == doctest::Approx(400).epsilon(0.3));
  CHECK(!draw_fault({*rule}, "/api/status", random).status);
}

TEST_CASE(
    "fault: a status alone answers everything; the rule of a path goes before the general one") {
  const auto all = parse_fault("status=503");
  const auto one = parse_fault("status=429@/api/status");
  REQUIRE(all);
  REQUIRE(one);
  Random random = make_random(7, 0);
  CHECK(draw_fault({*all, *one}, "/x", random).status == 503);
  CHECK(draw_fault({*all, *one}, "/api/status", random).status == 429);
  CHECK(!draw_fault({}, "/x", random).status);
}

TEST_CASE("fault: what is no fault is refused") {
  for (const char* spec : {"", "latency", "latency=", "error=5", "errors=5%", "error=60%,drop=60%",
                           "status=200", "error=5%@api/events", "error=5%,,drop=1%"}) {
    CAPTURE(spec);
    CHECK(!parse_fault(spec));
  }
}

TEST_CASE("access line: one JSON object, hostile bytes and tokens tamed") {
  const std::string line = access_line({.time = WallTime{},
                                        .remote = "127.0.0.1",
                                        .method = "GET",
                                        .target = "/a?access_token=x\"\xff\n",
                                        .status = 200,
                                        .bytes_sent = 12,
                                        .duration = 1500us,
                                        .user_agent = "curl"});
  CHECK(line.find('\n') == line.size() - 1);
  const auto parsed = nlohmann::json::parse(line);
  CHECK(parsed["target"] == "/a?access_token=***");
  CHECK(parsed["duration_us"] == 1500);
  CHECK(parsed["time"] == "1970-01-01T00:00:00.000000Z");
}
