#include "engine/stream_plan.hpp"

#include <algorithm>

#include "engine/request_builder.hpp"
#include "engine/sequence.hpp"
#include "engine/values.hpp"

namespace rtctl::engine {

StreamPlan::StreamPlan(const GroupSite& site)
    : site_(&site),
      request_(&site.group.request),
      sent_at_(site.group.sent_at),
      sequence_(site.group.sequence),
      sequence_path_(site.group.sequence),
      until_(site.group.until),
      until_events_(site.group.until_events) {
  share_options();
}

StreamPlan::StreamPlan(const GroupSite& site, const Step& step)
    : site_(&site),
      request_(&step.request),
      sent_at_(step.sent_at),
      sequence_(step.sequence),
      sequence_path_(step.sequence),
      until_(step.until),
      until_events_(step.until_events) {
  share_options();
}

void StreamPlan::share_options() {
  if (!is_constant(*request_)) return;
  const std::size_t variants = std::max<std::size_t>(1, site_->site.sources.size());
  for (std::size_t source = 0; source < variants; ++source)
    by_source_.push_back(own_options(source, UserValues(site_->site, 0, 0)));
}

const client::StreamOptions* StreamPlan::shared_options(std::uint64_t user) const {
  return by_source_.empty() ? nullptr : by_source_[user % by_source_.size()].get();
}

std::unique_ptr<client::StreamOptions> StreamPlan::own_options(
    std::uint64_t user, const scenario::Values& values) const {
  auto options = std::make_unique<client::StreamOptions>();
  options->channel = channel_options(site_->group, site_->site, user);
  options->backoff = backoff_policy(site_->group.backoff);
  options->idle_timeout = site_->group.timeouts.idle;
  options->head_timeout = site_->group.timeouts.request;
  fill_request(values, options->request);
  return options;
}

void StreamPlan::fill_request(const scenario::Values& values, net::Request& request) const {
  build(*request_, site_->site, values, request);
}

std::optional<std::uint64_t> StreamPlan::number_of(const sse::Event& event) const {
  if (sequence_ == "id") return event.has_id ? sequence_number(event.last_event_id) : std::nullopt;
  const auto value = sequence_path_.find(event.data);
  return value ? sequence_number(unquoted(*value)) : std::nullopt;
}

bool StreamPlan::is_ended_by(const sse::Event& event, std::uint64_t count) const {
  return (!until_.empty() && event.data == until_) || (until_events_ > 0 && count >= until_events_);
}

}  // namespace rtctl::engine
