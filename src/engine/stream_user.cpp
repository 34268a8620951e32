#include "engine/stream_user.hpp"

#include "engine/values.hpp"

namespace rtctl::engine {

using metrics::Counter;

StreamUser::StreamUser(GroupSite& site, StreamPlan& plan, std::uint64_t index)
    : site_(&site),
      index_(index),
      chance_(site.seed, index),
      meter_(site, plan, index, UserValues(site.site, index, 0), *this) {
  if (site.group.read_bytes_per_second > 0)
    pace_ =
        std::make_unique<ReadPace>(site.loop(), meter_.stream(), site.group.read_bytes_per_second);
}

void StreamUser::start() {
  site_->ledger->add(Counter::users_started);
  meter_.start();
}

void StreamUser::on_stream_open() {
  if (!site_->group.drop_every) return;
  timer_ =
      site_->loop().after(chance_.next_in(*site_->group.drop_every), [this] { meter_.drop(); });
}

void StreamUser::on_stream_bytes(std::size_t count) {
  if (pace_) pace_->on_bytes(count);
}

/// A half-open user stops reading and says nothing, as one whose network is gone: for good, so it
/// cuts nothing and comes back from nowhere.
void StreamUser::on_stream_event() {
  if (has_vanished_ || site_->group.half_open <= 0) return;
  has_vanished_ = chance(site_->seed ^ 0x68616C66U, index_, 0) < site_->group.half_open;
  if (!has_vanished_) return;
  timer_.cancel();
  pace_.reset();  // which would have it read on
  meter_.stream().pause();
}

void StreamUser::on_stream_ended() {
  timer_.cancel();
  ++round_;
  if (is_winding_down_) return;
  timer_ = site_->loop().after(chance_.next_in(site_->group.think),
                               [this] { meter_.start(UserValues(site_->site, index_, round_)); });
}

/// Streams stay until the end; only a new one is not begun any more.
void StreamUser::wind_down() {
  is_winding_down_ = true;
  timer_.cancel();
}

void StreamUser::stop() {
  wind_down();
  meter_.stop();
}

}  // namespace rtctl::engine
