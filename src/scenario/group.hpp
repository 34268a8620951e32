// Groups of users and the steps of flows.
#pragma once

#include "scenario/reader.hpp"
#include "scenario/request.hpp"

namespace rtctl::scenario {

/// What `defaults:` gives to every group.
struct Defaults {
  HeaderMap headers;
  Timeouts timeouts;
  Backoff backoff;
};

void read_timeouts(const ObjectReader& parent, Timeouts& timeouts);
void read_backoff(const ObjectReader& parent, Backoff& backoff);

/// One entry of `groups:`. `run` is warm-up and duration together, which nothing may outlast.
Group read_group(Context& context, const Node& node, const Defaults& defaults, nanoseconds run);

/// `steps:` of a flow (or of a `repeat`), appended to `steps`.
void read_steps(const ObjectReader& parent, const HeaderMap& headers, std::vector<Step>& steps);

}  // namespace rtctl::scenario
