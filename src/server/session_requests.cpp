// The requests and answers of a session; what concerns its bytes stands in session.cpp.
#include <utility>

#include "server/access_line.hpp"
#include "server/gate.hpp"
#include "server/response_head.hpp"
#include "server/session.hpp"
#include "server/stream_taker.hpp"

namespace rtctl::server {
namespace {

constexpr std::size_t kOutputMax = 256 << 10;  // of pipelined answers, before reading on

}  // namespace

void Session::process(std::string_view bytes) {
  processing_ = true;
  while (!bytes.empty() && state_ == State::reading && !said_last_) {
    bytes.remove_prefix(parser_.feed(bytes));
    switch (parser_.state()) {
      case RequestParser::State::idle:
        break;
      case RequestParser::State::head:
        if (!std::exchange(head_seen_, true)) set_deadline(worker_.shared().options.header_timeout);
        break;
      case RequestParser::State::body:
        on_body_begun();
        break;
      case RequestParser::State::done:
        dispatch();
        break;
      case RequestParser::State::refused:
        on_parser_refusal();
        break;
    }
    if (output_.size() > kOutputMax) {
      flush();
      if (!output_.empty()) break;
    }
  }
  processing_ = false;
  if (state_ == State::closed || state_ == State::lingering) return;
  input_.assign(bytes);
  flush();
}

void Session::on_body_begun() {
  if (head_at_ != TimePoint{}) return;
  head_at_ = worker_.loop().now();
  set_deadline(worker_.shared().options.header_timeout);
  if (!parser_.expects_continue()) return;
  // The peer holds the body back until it is told: either to go on, or the final answer at once.
  const Request& seen = parser_.request();
  Request probe{
      .method = seen.method, .path = seen.path, .query = seen.query, .fields = seen.fields};
  probe.body = "{}";  // there will be one, so its type is looked at
  probe.remote_address = remote_address_;
  const Route* route = worker_.shared().router.find(seen.path);
  if (auto refusal = pass_gate(worker_.shared(), probe, route, head_at_, Toll::due)) {
    last_ = true;
    take_request();
    answer(std::move(*refusal));
  } else {
    output_ += "HTTP/1.1 100 Continue\r\n\r\n";
    flush();
  }
}

void Session::take_request() {
  Request& request = parser_.request();
  request.remote_address = remote_address_;
  if (!worker_.shared().faults.empty())
    request.fault = draw_fault(worker_.shared().faults, request.path, worker_.random());
  route_ = worker_.shared().router.find(request.path);
  request_ = std::make_shared<const Request>(std::move(request));
}

void Session::on_parser_refusal() {
  last_ = true;
  take_request();
  route_ = nullptr;
  head_at_ = worker_.loop().now();
  const Refusal refusal = parser_.refusal();
  answer(problem(refusal.status, refusal.detail));
}

void Session::dispatch() {
  ServerShared& shared = worker_.shared();
  const TimePoint now = worker_.loop().now();
  // A peer that waited for "100 Continue" has passed the gate already.
  const Toll toll = head_at_ != TimePoint{} && parser_.expects_continue() ? Toll::paid : Toll::due;
  if (head_at_ == TimePoint{}) head_at_ = now;
  if (shared.access_log) head_wall_ = worker_.loop().wall_now();
  deadline_ = TimePoint::max();
  last_ = last_ || !parser_.keep_alive();
  take_request();
  state_ = State::answering;
  if (role_ == SessionRole::refuse) return refuse_for_load();
  if (auto response = pass_gate(shared, *request_, route_, now, toll))
    return answer(std::move(*response));
  if (shared.faults.empty()) return dispatch_to_endpoint();
  hold_back();
}

/// A drop or a stall of an event stream comes later, in its middle; the stream sees to it.
void Session::hold_back() {
  const Fault& fault = request_->fault;
  const bool is_stream = request_->path == "/api/events" && request_->method == "GET";
  stalled_ = fault.stall && !is_stream;
  if (stalled_) return;
  if (fault.drop && !is_stream) return close();
  const auto go_on = [this] {
    const std::optional<int> status = request_->fault.status;
    if (!status) return dispatch_to_endpoint();
    Response response = problem(*status, "a fault that --fault asked for");
    if (*status == 503 || *status == 429) response.fields.set("Retry-After", "1");
    answer(std::move(response));
  };
  if (fault.delay == Duration::zero()) return go_on();
  held_back_ = worker_.loop().after(fault.delay, go_on);
}

void Session::dispatch_to_endpoint() {
  AsioLoop& main_loop = *worker_.shared().main_loop;
  const auto exchange = std::make_shared<SessionExchange>(request_, slot_, main_loop);
  exchange_ = exchange;
  run_on(main_loop, worker_.loop(),
         [exchange, endpoint = route_->endpoint] { endpoint->handle(exchange); });
}

void Session::answer(Response response) {
  if (state_ == State::closed || state_ == State::lingering) return;
  exchange_.reset();
  state_ = State::reading;
  last_ = last_ || worker_.shared().draining.load(std::memory_order_relaxed);
  worker_.shared().cors.apply(*request_, response);
  if (response.stream && request_->method != "HEAD") return hand_over(std::move(response));
  append(std::move(response));
  if (processing_) return;
  flush();
  if (state_ == State::reading && output_.empty()) resume();
}

void Session::append(Response response) {
  negotiate(*request_, response);
  const bool has_body = response.status >= 200 && response.status != 204 && response.status != 304;
  HeadFacts facts{.date = worker_.date()};
  if (has_body && !response.stream) facts.content_length = response.body.size();
  if (last_)
    facts.connection = ConnectionField::close;
  else if (parser_.is_http_1_0())
    facts.connection = ConnectionField::keep_alive;
  const std::size_t before = output_.size();
  append_response_head(response, facts, output_);
  if (has_body && request_->method != "HEAD") output_ += response.body;
  account(response, output_.size() - before);
  parser_.reset();
  head_seen_ = false;
  head_at_ = {};
  route_ = nullptr;
  said_last_ = last_;
  has_served_ = true;
  if (last_)
    flush();
  else
    set_deadline(worker_.shared().options.keep_alive);
}

void Session::account(const Response& response, std::uint64_t bytes) {
  const Duration duration = worker_.loop().now() - head_at_;
  worker_.count_request(route_, response.status, head_at_ == TimePoint{} ? Duration{} : duration);
  worker_.shared().metrics.response_bytes_sent.Increment(static_cast<double>(bytes));
  if (!worker_.shared().access_log) return;
  worker_.log_access(
      access_line({.time = head_wall_ == WallTime{} ? worker_.loop().wall_now() : head_wall_,
                   .remote = remote_address_,
                   .method = request_->method,
                   .target = request_->target,
                   .status = response.status,
                   .bytes_sent = bytes,
                   .duration = duration,
                   .user_agent = request_->fields.find("User-Agent").value_or("")}));
}

/// The response has no end: the stream takes the socket, and this session is over.
void Session::hand_over(Response response) {
  flush();  // answers that were pipelined before
  if (state_ == State::closed) return;
  std::string head = std::exchange(output_, {});
  head.erase(0, std::exchange(sent_, 0));
  append_response_head(response, {.date = worker_.date(), .connection = ConnectionField::close},
                       head);
  account(response, head.size());
  worker_.poller().remove(socket_.fd(), *this);
  watched_ = 0;
  Socket socket = std::move(socket_);
  const std::shared_ptr<StreamTaker> taker = std::move(response.stream);
  Worker& worker = worker_;
  close();
  taker->take(worker, std::move(socket), std::move(head));
}

}  // namespace rtctl::server
