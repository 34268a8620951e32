#include "engine/request_user.hpp"

#include <algorithm>

#include "engine/request_builder.hpp"
#include "engine/values.hpp"

namespace rtctl::engine {
namespace {

/// A target that refuses at once would be asked as fast as this machine can; nobody would do that.
constexpr Duration kRestAfterFailure = std::chrono::milliseconds(100);

}  // namespace

RequestUser::RequestUser(GroupSite& site, std::uint64_t index)
    : site_(&site),
      index_(index),
      options_(request_options(site.group, site.site, index)),
      client_(site.site.environment, options_, *this),
      chance_(site.seed, index),
      is_constant_(is_constant(site.group.request)) {}

void RequestUser::start() {
  site_->ledger->add(metrics::Counter::users_started);
  send();
}

void RequestUser::send() {
  if (round_ == 0 || !is_constant_)
    build(site_->group.request, site_->site, UserValues(site_->site, index_, round_), request_);
  client_.start(request_);
}

void RequestUser::on_response(const client::Response& response) {
  connection_.note(response, site_->ledger);
  const bool has_answer = response.failure == client::Failure::none;
  if (record_response(response, site_->group.expect, response.started, Timed::yes, site_->ledger))
    site_->ledger->add(metrics::Counter::iterations);
  ++round_;
  if (!is_winding_down_) rest(has_answer);
}

void RequestUser::rest(bool was_good) {
  Duration pause = chance_.next_in(site_->group.think);
  if (!was_good) pause = std::max(pause, kRestAfterFailure);
  if (pause == Duration(0)) return send();
  think_ = site_->loop().after(pause, [this] { send(); });
}

void RequestUser::wind_down() {
  is_winding_down_ = true;
  think_.cancel();
}

void RequestUser::stop() {
  wind_down();
  client_.cancel();
  connection_.close(site_->ledger);
}

}  // namespace rtctl::engine
