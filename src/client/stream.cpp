#include "client/stream.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.hpp"
#include "base/units.hpp"
#include "client/media_type.hpp"
#include "client/redirect.hpp"
#include "client/retry_after.hpp"

namespace rtctl::client {
namespace {

constexpr Duration kEarlyMin = std::chrono::milliseconds(10);  // so that a maximum of 0 cannot spin
constexpr std::uint64_t kRetryMillisecondsMax = 24 * 3600 * 1000;

void add_when_absent(net::Headers& headers, std::string_view name, std::string_view value) {
  if (!net::find_header(headers, name)) headers.push_back({std::string(name), std::string(value)});
}

}  // namespace

struct Stream::Hop {
  net::Request request;
  int count = 0;
};

Stream::Stream(const Environment& environment, const StreamOptions& options,
               StreamObserver& observer)
    : environment_(&environment),
      options_(&options),
      observer_(&observer),
      parser_(options.event_bytes_max),
      deadline_(*this) {}

Stream::~Stream() = default;

void Stream::start() {
  RTCTL_CHECK(state_ == StreamState::closed);
  early_losses_ = 0;
  barren_requests_ = 0;
  connect();
}

void Stream::stop() {
  enter(StreamState::closed);
}

void Stream::drop() {
  if (is_connecting_or_open()) lose({.detail = "dropped"});
}

void Stream::pause() {
  if (is_paused_) return;
  is_paused_ = true;
  deadline_.clear();
  if (is_connecting_or_open()) channel_->pause();
}

void Stream::resume() {
  if (!is_paused_) return;
  is_paused_ = false;
  if (!is_connecting_or_open()) return;
  last_activity_ = environment_->loop.now();
  watch();
  channel_->resume();
}

bool Stream::is_connecting_or_open() const {
  return state_ == StreamState::connecting || is_open();
}

/// Leaves whatever was under way. Callbacks may call back into the stream, so the turn is counted:
/// who sees another number after a callback has been overtaken and returns.
std::uint32_t Stream::enter(StreamState state) {
  state_ = state;
  deadline_.clear();
  if (channel_ && state != StreamState::open) channel_->cancel();
  if (state != StreamState::open) parser_.reset();
  return ++turn_;
}

bool Stream::tell_state(std::uint32_t turn) {
  observer_->on_state(state_, environment_->loop.now());
  return turn == turn_;
}

void Stream::connect() {
  const std::uint32_t turn = enter(StreamState::connecting);
  attempt_started_ = environment_->loop.now();
  ++barren_requests_;
  is_connected_ = false;
  had_event_ = false;
  hop_.reset();
  if (!tell_state(turn)) return;
  if (!channel_) channel_ = environment_->transport.open_channel(options_->channel);
  watch();
  channel_->start(first_request(), *this);
  if (is_paused_) channel_->pause();
}

net::Request Stream::first_request() const {
  net::Request request = options_->request;
  add_when_absent(request.headers, "Accept", "text/event-stream");
  add_when_absent(request.headers, "Cache-Control", "no-cache");
  const std::string_view id = parser_.last_event_id();
  if (!id.empty()) add_when_absent(request.headers, "Last-Event-ID", id);
  return request;
}

void Stream::on_connected(bool /*reused*/) {
  is_connected_ = true;
  last_activity_ = environment_->loop.now();
  watch();
}

void Stream::on_head(const net::ResponseHead& head) {
  is_connected_ = true;
  last_activity_ = head.timing.first_byte;
  if (is_redirect(head.status)) return follow(head);
  if (head.status == 204) {
    const std::uint32_t turn = enter(StreamState::closed);
    if (!tell_state(turn)) return;
    return observer_->on_closed({.reason = CloseReason::no_content,
                                 .status = 204,
                                 .detail = "no content",
                                 .at = last_activity_});
  }
  if (head.status != 200) return refuse(head);
  const auto type = net::find_header(head.headers, "content-type");
  if (!type || media_type_of(*type) != "text/event-stream") {
    return fail(
        {.failure = Failure::bad_content_type,
         .status = 200,
         .detail = type ? fmt::format("content type \"{}\" instead of text/event-stream", *type)
                        : "no content type instead of text/event-stream"});
  }
  const std::uint32_t turn = enter(StreamState::open);
  watch();
  if (!tell_state(turn)) return;
  observer_->on_open(head, attempt_started_);
}

void Stream::refuse(const net::ResponseHead& head) {
  const Attempt attempt{.failure = failure_of_status(head.status),
                        .status = head.status,
                        .detail = fmt::format("status {}", head.status)};
  if (options_->strict || !is_retryable_status(head.status)) return fail(attempt);
  std::optional<Duration> retry_after;
  if (const auto value = net::find_header(head.headers, "retry-after"))
    retry_after = parse_retry_after(*value, environment_->loop.wall_now());
  lose(attempt, retry_after);
}

void Stream::follow(const net::ResponseHead& head) {
  const auto wrong = [&](std::string detail) {
    fail({.failure = Failure::expectation, .status = head.status, .detail = std::move(detail)});
  };
  const auto location = net::find_header(head.headers, "location");
  if (!location) return wrong(fmt::format("status {} without Location", head.status));
  const int count = hop_ ? hop_->count + 1 : 1;
  if (count > kRedirectsMax) return wrong(fmt::format("more than {} redirects", kRedirectsMax));
  auto next = redirected(hop_ ? hop_->request : first_request(), head.status, *location);
  if (!next) return wrong(fmt::format("redirect to \"{}\", no http or https URL", *location));
  channel_->cancel();
  is_connected_ = false;
  deadline_.clear();
  watch();
  hop_ = std::make_unique<Hop>(Hop{std::move(*next), count});
  channel_->start(hop_->request, *this);
  if (is_paused_) channel_->pause();
}

void Stream::on_activity(TimePoint received_at) {
  last_activity_ = received_at;
  if (state_ != StreamState::stale) return;
  const std::uint32_t turn = enter(StreamState::open);
  watch();
  tell_state(turn);
}

void Stream::on_body(std::string_view bytes, TimePoint received_at) {
  on_activity(received_at);
  if (!is_open()) return;
  const std::uint32_t turn = turn_;
  observer_->on_bytes(bytes.size(), received_at);
  if (turn != turn_ || parser_.feed(bytes, *this) || turn != turn_) return;
  fail({.failure = Failure::bad_frame,
        .status = 200,
        .detail = fmt::format("an event is larger than {} bytes", options_->event_bytes_max)});
}

void Stream::on_end(const net::Outcome& outcome) {
  const int status = is_open() ? 200 : 0;
  if (outcome.kind == net::OutcomeKind::complete)
    return lose({.status = status, .detail = "the server ended the stream"});
  const Attempt attempt{
      .failure = failure_of(outcome.kind), .status = status, .detail = outcome.detail};
  if (is_retryable(outcome.kind)) return lose(attempt);
  fail(attempt);
}

void Stream::on_event(const sse::Event& event) {
  had_event_ = true;
  early_losses_ = 0;
  barren_requests_ = 0;
  observer_->on_event(event, last_activity_);
}

void Stream::on_comment(std::string_view text) {
  observer_->on_comment(text, last_activity_);
}

void Stream::on_retry(std::uint64_t milliseconds) {
  retry_ = std::chrono::milliseconds(std::min(milliseconds, kRetryMillisecondsMax));
  observer_->on_retry(retry_);
}

/// The next moment to look at: when silence makes the stream stale or lost, or an attempt has taken
/// too long.
void Stream::watch() {
  TimePoint due = TimePoint::max();
  if (state_ == StreamState::connecting && options_->head_timeout > Duration::zero())
    due = attempt_started_ + options_->head_timeout;
  if (options_->idle_timeout > Duration::zero() && is_connected_ && !is_paused_) {
    const bool is_fresh = state_ == StreamState::open;
    due = std::min(due, last_activity_ + options_->idle_timeout / (is_fresh ? 2 : 1));
  }
  if (due != TimePoint::max()) deadline_.set(environment_->loop, due);
}

void Stream::on_deadline() {
  if (state_ == StreamState::waiting) return connect();
  const TimePoint now = environment_->loop.now();
  if (state_ == StreamState::connecting && options_->head_timeout > Duration::zero() &&
      now >= attempt_started_ + options_->head_timeout) {
    return lose({.failure = Failure::timeout,
                 .detail = fmt::format("no response header within {}",
                                       format_duration(options_->head_timeout))});
  }
  if (options_->idle_timeout <= Duration::zero() || !is_connected_ || is_paused_) return watch();
  const Duration silence = now - last_activity_;
  if (silence >= options_->idle_timeout) {
    return lose({.failure = Failure::idle,
                 .status = is_open() ? 200 : 0,
                 .detail = fmt::format("no byte for {}", format_duration(options_->idle_timeout))});
  }
  if (state_ != StreamState::open || silence < options_->idle_timeout / 2) return watch();
  state_ = StreamState::stale;
  const std::uint32_t turn = ++turn_;
  watch();
  tell_state(turn);
}

/// Counts this attempt, and waits or gives up.
void Stream::lose(const Attempt& attempt, std::optional<Duration> retry_after) {
  const bool was_open = is_open();
  const TimePoint now = environment_->loop.now();
  const Duration early = std::max(options_->backoff.max, kEarlyMin);
  const bool is_early = now - attempt_started_ < early;
  if (!had_event_) early_losses_ = is_early ? early_losses_ + 1 : 0;
  const bool is_used_up = options_->max_retries && barren_requests_ > *options_->max_retries;
  Loss loss{.failure = attempt.failure,
            .status = attempt.status,
            .detail = attempt.detail,
            .at = now,
            .was_open = was_open};
  if (!options_->reconnect || is_used_up) {
    const auto reason = options_->reconnect ? CloseReason::retries_used : CloseReason::ended;
    return end(loss, reason);
  }
  ServerDelay server{.retry_after = retry_after};
  if (retry_ >= Duration::zero()) server.retry = retry_;
  loss.wait = backoff_delay(options_->backoff, early_losses_, server, environment_->random);
  const std::uint32_t turn = enter(StreamState::waiting);
  deadline_.set(environment_->loop, now + *loss.wait);
  observer_->on_loss(loss);
  if (turn == turn_) tell_state(turn);
}

/// A failure that no repetition would cure.
void Stream::fail(const Attempt& attempt) {
  end({.failure = attempt.failure,
       .status = attempt.status,
       .detail = attempt.detail,
       .at = environment_->loop.now(),
       .was_open = is_open()},
      CloseReason::failed);
}

void Stream::end(const Loss& loss, CloseReason reason) {
  const std::uint32_t turn = enter(StreamState::closed);
  observer_->on_loss(loss);
  if (turn != turn_ || !tell_state(turn)) return;
  observer_->on_closed({.reason = reason,
                        .failure = loss.failure,
                        .status = loss.status,
                        .detail = loss.detail,
                        .at = loss.at});
}

}  // namespace rtctl::client
