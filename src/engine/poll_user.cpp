#include "engine/poll_user.hpp"

#include "engine/request_builder.hpp"
#include "engine/values.hpp"

namespace rtctl::engine {
namespace {

client::PollOptions poll_options(const GroupSite& site, std::uint64_t index) {
  client::PollOptions options;
  build(site.group.request, site.site, UserValues(site.site, index, 0), options.request);
  options.transfer = request_options(site.group, site.site, index);
  return options;
}

}  // namespace

PollUser::PollUser(GroupSite& site, std::uint64_t index)
    : site_(&site),
      index_(index),
      options_(poll_options(site, index)),
      client_(site.site.environment, options_, *this),
      beat_(site.loop(), site.group.interval, site.group.jitter, UserChance(site.seed, index),
            [this](TimePoint planned) { poll(planned); }) {}

void PollUser::start() {
  site_->ledger->add(metrics::Counter::users_started);
  beat_.start(site_->now() + interval_phase(site_->group.interval, index_, site_->group.users));
}

void PollUser::poll(TimePoint planned) {
  planned_ = planned;
  client_.poll();
}

void PollUser::on_poll(const client::PollResult& result) {
  connection_.note(result.response, site_->ledger);
  record_response(result.response, site_->group.expect, planned_, Timed::yes, site_->ledger);
  beat_.done();
}

void PollUser::stop() {
  beat_.stop();
  client_.cancel();
  connection_.close(site_->ledger);
}

}  // namespace rtctl::engine
