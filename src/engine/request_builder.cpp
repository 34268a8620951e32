#include "engine/request_builder.hpp"

#include <algorithm>

namespace rtctl::engine {
namespace {

bool is_whole_url(std::string_view path) {
  return path.starts_with("http://") || path.starts_with("https://");
}

net::HttpVersion version_of(Scenario::Http http) {
  switch (http) {
    case Scenario::Http::http1_1:
      return net::HttpVersion::http1_1;
    case Scenario::Http::http2:
      return net::HttpVersion::http2;
    case Scenario::Http::automatic:
      break;
  }
  return net::HttpVersion::automatic;
}

}  // namespace

bool is_constant(const RequestTemplate& request) {
  return request.path.is_constant() && request.body.is_constant() &&
         std::ranges::all_of(request.headers, [](const HeaderTemplate& header) {
           return header.value.is_constant();
         });
}

void build(const RequestTemplate& request, const Site& site, const scenario::Values& values,
           net::Request& out) {
  out.method = request.method;
  out.url.clear();
  scenario::expand(request.path, values, out.url);
  if (!is_whole_url(out.url)) out.url.insert(0, site.target);
  out.headers.resize(request.headers.size());
  bool has_type = false;
  for (std::size_t i = 0; i < request.headers.size(); ++i) {
    out.headers[i].name = request.headers[i].name;
    out.headers[i].value.clear();
    scenario::expand(request.headers[i].value, values, out.headers[i].value);
    has_type = has_type || out.headers[i].name == "content-type";
  }
  out.body.clear();
  scenario::expand(request.body, values, out.body);
  if (request.body_is_json && !has_type)
    out.headers.push_back({"content-type", "application/json"});
}

net::ChannelOptions connection_options(const Scenario& scenario) {
  net::ChannelOptions options;
  options.version = version_of(scenario.http);
  options.insecure = scenario.insecure;
  return options;
}

net::ChannelOptions channel_options(const Group& group, const Site& site, std::uint64_t user) {
  net::ChannelOptions options = connection_options(site.scenario);
  options.connect_timeout = group.timeouts.connect;
  if (!site.sources.empty()) options.source_address = site.sources[user % site.sources.size()];
  return options;
}

BackoffPolicy backoff_policy(const Backoff& backoff) {
  static constexpr Jitter kJitters[] = {Jitter::full, Jitter::equal, Jitter::none};
  return {.initial = backoff.initial,
          .max = backoff.max,
          .multiplier = backoff.multiplier,
          .jitter = kJitters[static_cast<int>(backoff.jitter)]};
}

client::RequestOptions request_options(const Group& group, const Site& site, std::uint64_t user) {
  client::RequestOptions options;
  options.channel = channel_options(group, site, user);
  options.request_timeout = group.timeouts.request;
  options.idle_timeout = {};  // the request's own time-out is the narrower one
  const Expectation& expect = group.expect;
  options.keeps_body =
      group.kind != Group::Kind::request || !expect.json.empty() || !expect.body.empty();
  options.keeps_headers = group.kind != Group::Kind::request || !expect.headers.empty();
  return options;
}

}  // namespace rtctl::engine
