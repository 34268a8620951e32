#include "client/request.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "client/redirect.hpp"

namespace rtctl::client {
namespace {

constexpr std::size_t kBodyKeptMax = std::size_t{16} << 10;  // a guess: most polled answers fit

}  // namespace

/// The request that a redirect led to. Its channel differs only where credentials stay behind.
struct RequestClient::Hop {
  net::Request request;
  int count = 0;
};

RequestClient::RequestClient(const Environment& environment, const RequestOptions& options,
                             RequestObserver& observer)
    : environment_(&environment), options_(&options), observer_(&observer), deadline_(*this) {}

RequestClient::~RequestClient() = default;

void RequestClient::start(const net::Request& request) {
  RTCTL_CHECK(request_ == nullptr);
  if (!channel_) channel_ = environment_->transport.open_channel(options_->channel);
  request_ = &request;
  hop_.reset();
  body_.clear();
  started_ = environment_->loop.now();
  begin(request);
}

void RequestClient::begin(const net::Request& request) {
  status_ = 0;
  body_bytes_ = 0;
  is_connected_ = false;
  timing_ = {};
  watch();
  channel_->start(request, *this);
}

void RequestClient::cancel() {
  if (request_ == nullptr) return;
  request_ = nullptr;
  deadline_.clear();
  channel_->cancel();
}

/// Moves the time-out to where it may fire at the earliest; it looks again then.
void RequestClient::watch() {
  TimePoint due = TimePoint::max();
  if (options_->request_timeout > Duration::zero()) due = started_ + options_->request_timeout;
  if (is_connected_ && options_->idle_timeout > Duration::zero())
    due = std::min(due, last_activity_ + options_->idle_timeout);
  if (due == TimePoint::max()) return deadline_.clear();
  deadline_.set(environment_->loop, due);
}

void RequestClient::on_deadline() {
  const TimePoint now = environment_->loop.now();
  const bool is_over =
      options_->request_timeout > Duration::zero() && now >= started_ + options_->request_timeout;
  const bool is_idle = is_connected_ && options_->idle_timeout > Duration::zero() &&
                       now >= last_activity_ + options_->idle_timeout;
  if (!is_over && !is_idle) return watch();
  channel_->cancel();
  if (is_over) return finish(Failure::timeout, Cure::retry, "the request took too long");
  finish(Failure::idle, Cure::retry, "no byte received for the idle time-out");
}

void RequestClient::on_connected(bool /*reused*/) {
  is_connected_ = true;
  if (options_->idle_timeout <= Duration::zero()) return;
  last_activity_ = environment_->loop.now();
  watch();
}

void RequestClient::on_head(const net::ResponseHead& head) {
  is_connected_ = true;
  last_activity_ = head.timing.first_byte;
  status_ = head.status;
  timing_ = head.timing;
  if (options_->keeps_headers || is_redirect(status_)) headers_ = head.headers;
}

void RequestClient::on_activity(TimePoint received_at) {
  last_activity_ = received_at;
}

void RequestClient::on_body(std::string_view bytes, TimePoint received_at) {
  last_activity_ = received_at;
  body_bytes_ += bytes.size();
  if (body_bytes_ > options_->body_bytes_max) {
    channel_->cancel();
    return finish(Failure::bad_frame, Cure::none, "the answer is larger than allowed");
  }
  if (options_->keeps_body && !is_redirect(status_)) body_.append(bytes);
}

void RequestClient::on_end(const net::Outcome& outcome) {
  const Failure failure = failure_of(outcome.kind);
  if (failure != Failure::none)
    return finish(failure, is_retryable(outcome.kind) ? Cure::retry : Cure::none, outcome.detail);
  if (is_redirect(status_)) return follow();
  finish(Failure::none, Cure::retry, {});
}

void RequestClient::follow() {
  const auto location = net::find_header(headers_, "location");
  if (!location) {
    return finish(Failure::expectation, Cure::none, "a redirect without Location");
  }
  const int count = hop_ ? hop_->count + 1 : 1;
  if (count > kRedirectsMax)
    return finish(Failure::expectation, Cure::none, "more than 10 redirects");
  auto next = redirected(hop_ ? hop_->request : *request_, status_, *location);
  if (!next)
    return finish(Failure::expectation, Cure::none, "a redirect to what is no http or https URL");
  hop_ = std::make_unique<Hop>(Hop{std::move(*next), count});
  begin(hop_->request);
}

void RequestClient::finish(Failure failure, Cure cure, std::string_view detail) {
  request_ = nullptr;
  deadline_.clear();
  const bool has_head = status_ != 0 && options_->keeps_headers;
  observer_->on_response({.failure = failure,
                          .is_final = cure == Cure::none,
                          .status = status_,
                          .headers = has_head ? &headers_ : nullptr,
                          .body = body_,
                          .detail = detail,
                          .timing = timing_,
                          .started = started_,
                          .ended = environment_->loop.now(),
                          .body_bytes = body_bytes_,
                          .redirects = hop_ ? hop_->count : 0});
  if (request_ == nullptr && body_.capacity() > kBodyKeptMax) body_ = {};
}

}  // namespace rtctl::client
