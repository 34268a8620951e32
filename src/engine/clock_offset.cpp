#include "engine/clock_offset.hpp"

#include <algorithm>

#include "base/time_format.hpp"

namespace rtctl::engine {
namespace {

using namespace std::chrono_literals;

constexpr int kQuestions = 32;
constexpr Duration kDistance = 37ms;  // 32 of them are longer than the second that must turn
constexpr int kCloseQuestions = 32;
constexpr Duration kCloseDistanceMin = 1ms;  // closer than answers usually are
constexpr Duration kPatience = 2s;

}  // namespace

void ClockOffset::add(WallTime sent, WallTime received, WallTime date) {
  low_ = std::max<Duration>(low_, date - received);
  high_ = std::min<Duration>(high_, date + 1s - sent);
}

std::optional<ClockEstimate> ClockOffset::estimate() const {
  if (low_ == Duration::min() || low_ > high_) return std::nullopt;
  return ClockEstimate{.offset = low_ + (high_ - low_) / 2, .bound = (high_ - low_) / 2};
}

ClockProbe::ClockProbe(Loop& loop, net::Transport& transport, const std::string& target,
                       bool insecure, Done done)
    : loop_(&loop),
      done_(std::move(done)),
      environment_{loop, transport, random_},
      options_{.request_timeout = kPatience, .keeps_body = false},
      request_{.method = "HEAD", .url = target + "/"},
      client_(environment_, options_, *this) {
  options_.channel.insecure = insecure;
  distance_ = kDistance;
  ask_at(loop_->now() + distance_);
}

void ClockProbe::ask_at(TimePoint due) {
  planned_ = due;
  timer_ = loop_->at(due, [this] {
    sent_ = loop_->wall_now();
    client_.start(request_);
  });
}

/// Their second turns next while ours is within the bound of the estimate.
void ClockProbe::look_closer() {
  const auto rough = offset_.estimate();
  if (!rough) return tell();
  distance_ = std::max(2 * rough->bound / (kCloseQuestions / 2), kCloseDistanceMin);
  const Duration early = rough->bound + 2 * distance_;
  const auto theirs = loop_->wall_now() + rough->offset + early;
  turn_ = std::chrono::ceil<std::chrono::seconds>(theirs);
  ask_at(loop_->now() + (*turn_ - theirs));
}

void ClockProbe::on_response(const client::Response& response) {
  const auto text = response.header("date");
  const auto date = text ? parse_http_date(*text) : std::nullopt;
  // A target that is down or tells no time is not asked again.
  if (!date) return tell();
  offset_.add(sent_, loop_->wall_now(), *date);
  ++asked_;
  if (asked_ == kQuestions) return look_closer();
  const bool has_turned = turn_ && *date >= *turn_;
  if (has_turned || asked_ == kQuestions + kCloseQuestions) return tell();
  ask_at(std::max(loop_->now(), planned_ + distance_));
}

/// Through the loop, for the owner may destroy this.
void ClockProbe::tell() {
  timer_ = loop_->after(Duration(0), [this] {
    const Done done = std::move(done_);
    done(offset_.estimate());
  });
}

}  // namespace rtctl::engine
