#include "engine/clock_offset.hpp"

#include <algorithm>

#include "base/time_format.hpp"

namespace rtctl::engine {
namespace {

using namespace std::chrono_literals;

constexpr int kQuestions = 32;
constexpr Duration kDistance = 37ms;  // 32 of them are longer than the second that must turn
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
  ask();
}

void ClockProbe::ask() {
  timer_ = loop_->after(kDistance, [this] {
    sent_ = loop_->wall_now();
    client_.start(request_);
  });
}

void ClockProbe::on_response(const client::Response& response) {
  const auto text = response.header("date");
  const auto date = text ? parse_http_date(*text) : std::nullopt;
  // A target that is down or tells no time is not asked again.
  if (!date) return tell();
  offset_.add(sent_, loop_->wall_now(), *date);
  if (++asked_ < kQuestions) return ask();
  tell();
}

/// Through the loop, for the owner may destroy this.
void ClockProbe::tell() {
  timer_ = loop_->after(Duration(0), [this] {
    const Done done = std::move(done_);
    done(offset_.estimate());
  });
}

}  // namespace rtctl::engine
