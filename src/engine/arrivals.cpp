#include "engine/arrivals.hpp"

#include <algorithm>

#include "engine/request_builder.hpp"
#include "engine/values.hpp"

namespace rtctl::engine {
namespace {

/// Answers awaited at once when the scenario sets no limit: below the descriptors of one process.
constexpr std::uint64_t kConcurrencyMax = 10'000;

std::uint64_t concurrency_max(const Group& group) {
  return group.concurrency_max > 0 ? group.concurrency_max : kConcurrencyMax;
}

}  // namespace

/// One connection, and the arrival it serves.
class Arrivals::Slot final : client::RequestObserver {
 public:
  Slot(Arrivals& owner, std::uint64_t index)
      : owner_(&owner),
        options_(request_options(owner.site_->group, owner.site_->site, index)),
        client_(owner.site_->site.environment, options_, *this) {}

  void launch(TimePoint planned, std::uint64_t arrival) {
    planned_ = planned;
    const GroupSite& site = *owner_->site_;
    if (request_.url.empty() || !owner_->is_constant_)
      build(site.group.request, site.site, UserValues(site.site, arrival, arrival), request_);
    client_.start(request_);
  }

  void stop() {
    client_.cancel();
    connection_.close(owner_->site_->ledger);
  }

 private:
  void on_response(const client::Response& response) override {
    const GroupSite& site = *owner_->site_;
    connection_.note(response, site.ledger);
    if (record_response(response, site.group.expect, planned_, Timed::yes, site.ledger))
      site.ledger->add(metrics::Counter::iterations);
    owner_->finish(*this);
  }

  Arrivals* owner_;
  client::RequestOptions options_;
  client::RequestClient client_;
  net::Request request_;
  ConnectionWatch connection_;
  TimePoint planned_;
};

Arrivals::Arrivals(GroupSite& site, Share share, metrics::Histogram& lag)
    : site_(&site),
      share_(share),
      lag_(&lag),
      schedule_(site.group.stages, site.group.arrivals, site.seed),
      concurrency_max_(std::max<std::uint64_t>(1, concurrency_max(site.group) / share.count)),
      is_constant_(is_constant(site.group.request)) {}

Arrivals::~Arrivals() = default;

void Arrivals::start() {
  begin_ = site_->site.begin;
  take_next();
  arm();
}

/// Other workers start the arrivals in between.
void Arrivals::take_next() {
  do {
    next_ = schedule_.next();
  } while (!share_.has(next_.index));
}

void Arrivals::arm() {
  if (next_.start == Duration::max()) return;
  timer_ = site_->loop().at(begin_ + next_.start, [this] { start_due(); });
}

void Arrivals::start_due() {
  // What is due by now goes out in one go, but a moment ago is not asked for again and again: the
  // instant is taken once.
  const TimePoint now = site_->now();
  while (next_.start != Duration::max() && begin_ + next_.start <= now) {
    launch(next_);
    take_next();
  }
  arm();
}

void Arrivals::launch(const ArrivalSchedule::Arrival& arrival) {
  if (free_.empty()) {
    if (slots_.size() >= concurrency_max_) return site_->ledger->add(metrics::Counter::dropped);
    slots_.push_back(std::make_unique<Slot>(*this, slots_.size()));
    free_.push_back(slots_.back().get());
  }
  Slot& slot = *free_.back();
  free_.pop_back();
  ++under_way_;
  const TimePoint planned = begin_ + arrival.start;
  lag_->record(site_->now() - planned);
  slot.launch(planned, arrival.index);
}

void Arrivals::finish(Slot& slot) {
  --under_way_;
  free_.push_back(&slot);
}

void Arrivals::wind_down() {
  timer_.cancel();
  next_.start = Duration::max();
}

void Arrivals::stop() {
  wind_down();
  for (const auto& slot : slots_)
    slot->stop();
  under_way_ = 0;
}

}  // namespace rtctl::engine
