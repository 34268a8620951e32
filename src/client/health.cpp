#include "client/health.hpp"

namespace rtctl::client {

std::optional<double> Health::uptime() const {
  if (wanted_time <= Duration::zero()) return std::nullopt;
  return static_cast<double>(open_time.count()) / static_cast<double>(wanted_time.count());
}

Health& Health::operator+=(const Health& other) {
  opened += other.opened;
  failed += other.failed;
  lost += other.lost;
  reconnects += other.reconnects;
  events += other.events;
  comments += other.comments;
  bytes += other.bytes;
  for (std::size_t kind = 0; kind < failures.size(); ++kind)
    failures[kind] += other.failures[kind];
  open_time += other.open_time;
  wanted_time += other.wanted_time;
  return *this;
}

void HealthMeter::on_start(TimePoint at) {
  wanted_since_ = at;
}

std::optional<Duration> HealthMeter::on_open(TimePoint at) {
  ++health_.opened;
  open_since_ = at;
  last_event_at_.reset();
  if (!lost_at_) return std::nullopt;
  ++health_.reconnects;
  const Duration gone = at - *lost_at_;
  lost_at_.reset();
  return gone;
}

void HealthMeter::on_loss(const Loss& loss) {
  if (loss.was_open) {
    ++health_.lost;
    lost_at_ = loss.at;
  } else {
    ++health_.failed;
  }
  if (loss.failure != Failure::none) ++health_.failures[static_cast<std::size_t>(loss.failure)];
  if (open_since_) health_.open_time += loss.at - *open_since_;
  open_since_.reset();
}

std::optional<Duration> HealthMeter::on_event(TimePoint received_at) {
  ++health_.events;
  const auto before = last_event_at_;
  last_event_at_ = received_at;
  if (!before) return std::nullopt;
  return received_at - *before;
}

const Health& HealthMeter::settle(TimePoint at) {
  if (open_since_) health_.open_time += at - *open_since_;
  if (open_since_) open_since_ = at;
  if (wanted_since_) health_.wanted_time += at - *wanted_since_;
  if (wanted_since_) wanted_since_ = at;
  return health_;
}

}  // namespace rtctl::client
