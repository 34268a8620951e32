// From a scenario's request template to a request that can be sent, and the options that go along.
#pragma once

#include "base/backoff.hpp"
#include "client/request.hpp"
#include "client/stream.hpp"
#include "engine/site.hpp"
#include "scenario/template.hpp"

namespace rtctl::engine {

/// Whether the request is the same for all users and rounds, so that it need be made only once.
bool is_constant(const RequestTemplate& request);

/// Fills `out`, whose memory is used again.
void build(const RequestTemplate& request, const Site& site, const scenario::Values& values,
           net::Request& out);

/// What the connections of all groups have in common.
net::ChannelOptions connection_options(const Scenario& scenario);

/// The connection options of user `user` of a group: its source address among them.
net::ChannelOptions channel_options(const Group& group, const Site& site, std::uint64_t user);

BackoffPolicy backoff_policy(const Backoff& backoff);

/// Bodies and headers are kept only where something looks at them.
client::RequestOptions request_options(const Group& group, const Site& site, std::uint64_t user);

}  // namespace rtctl::engine
