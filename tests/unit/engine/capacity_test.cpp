#include "engine/capacity.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace rtctl;
using namespace rtctl::engine;

TEST_CASE("sources: one address suffices for 8,000 connections, more are spread evenly") {
  CHECK(loopback_sources(8'000).empty());
  CHECK(loopback_sources(8'001).size() == 2);
  const auto many = loopback_sources(1'000'000);
  CHECK(many.size() == 125);
  CHECK(std::set(many.begin(), many.end()).size() == many.size());
  for (const auto& source : many)
    CHECK(source.starts_with("127."));
}

TEST_CASE("fit: what is too much says how many users fit and how many workers it takes") {
  Scenario scenario;
  scenario.groups.push_back({.name = "g", .users = 50'000});
  const Need need = need_of(scenario, 2);
  CHECK(need.sockets == 50'000);
  const auto fits = check_fit(scenario, need, {.descriptors = 20'000});
  REQUIRE_FALSE(fits);
  CHECK(fits.error().message.find("19912 users fit") != std::string::npos);
  CHECK(fits.error().message.find("3 workers") != std::string::npos);
  CHECK(check_fit(scenario, need_of(scenario, 2, 0.25), {.descriptors = 20'000}));
}

TEST_CASE(
    "need: talkers and loggers have two connections, a path through network: three descriptors") {
  Scenario scenario;
  scenario.groups.push_back({.name = "g", .kind = Group::Kind::chat, .users = 10, .say = Say{}});
  CHECK(need_of(scenario, 1).sockets == 20);
  const auto plain = need_of(scenario, 1).descriptors;
  scenario.network = NetworkImpairment{};
  CHECK(need_of(scenario, 1).descriptors == plain + 40);
}
