#include "server/session.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "server/access_line.hpp"
#include "server/auth.hpp"
#include "server/gate.hpp"
#include "server/response_head.hpp"
#include "server/stream_taker.hpp"

namespace rtctl::server {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kOutputMax = 256 << 10;  // of pipelined answers, before reading on
constexpr Duration kLinger = 2s;               // how long a refused peer may go on sending
constexpr std::uint64_t kLingerBytes = std::uint64_t{4} << 20;  // and how much
constexpr Duration kDrainGrace = 1s;     // for the first request of a fresh connection
constexpr Duration kWriteTimeout = 10s;  // without a byte taken (guess)

constexpr std::uint32_t kReadable = EPOLLIN | EPOLLRDHUP;

}  // namespace

Session::Session(Worker& worker, Socket socket, std::string remote_address, SessionRole role)
    : worker_(worker),
      socket_(std::move(socket)),
      remote_address_(std::move(remote_address)),
      role_(role),
      parser_({worker.shared().options.header_bytes_max, worker.shared().options.body_bytes_max}),
      slot_(std::make_shared<AnswerSlot>(AnswerSlot{worker.loop(), this})) {
  worker_.shared().metrics.open_sessions.Increment();
}

Session::~Session() {
  RTCTL_CHECK(state_ == State::closed);
}

bool Session::start() {
  if (!socket_.is_open() || !worker_.poller().add(socket_.fd(), kReadable, *this)) return false;
  watched_ = kReadable;
  // A TLS handshake counts as part of the first header.
  set_deadline(socket_.is_tls() || role_ == SessionRole::refuse
                   ? worker_.shared().options.header_timeout
                   : worker_.shared().options.keep_alive);
  if (role_ == SessionRole::refuse && !socket_.is_tls()) refuse_for_load();
  return true;
}

void Session::refuse_for_load() {
  last_ = true;
  Response response = problem(503, "there are as many connections as the server takes");
  response.fields.set("Retry-After", "5");
  answer(std::move(response));
}

void Session::on_ready(std::uint32_t events) {
  if (events & (EPOLLERR | EPOLLHUP)) return close();
  if (!output_.empty()) {
    flush();
    if (state_ == State::reading && output_.empty()) resume();
  } else if (state_ == State::answering) {
    on_ready_while_answering(events);
  } else {
    read();
  }
}

/// What the peer sends now waits in the kernel, and pushes back on it, until the answer is out.
void Session::on_ready_while_answering(std::uint32_t events) {
  if (!(events & EPOLLRDHUP)) return watch(EPOLLRDHUP);
  if (stalled_) return close();
  watch(0);
  tell_exchange(&SessionExchange::peer_half_closed);
}

void Session::read() {
  const std::span<char> buffer = worker_.read_buffer();
  do {
    const IoResult result = socket_.read(buffer);
    if (result.status == IoStatus::would_block)
      return watch(socket_.wants_write() ? EPOLLOUT | EPOLLRDHUP : kReadable);
    if (result.status != IoStatus::ok) return close();
    if (state_ == State::lingering) {
      lingered_ += result.bytes;
      if (lingered_ > kLingerBytes) return close();
      continue;
    }
    process({buffer.data(), result.bytes});
  } while (state_ != State::closed && socket_.has_pending() && output_.empty() &&
           state_ != State::answering);
}

/// Goes on with what was read while an answer was under way.
void Session::resume() {
  if (state_ == State::closed) return;
  watch(kReadable);
  if (state_ != State::closed && !input_.empty()) {
    const std::string bytes = std::exchange(input_, {});
    process(bytes);
  } else if (socket_.has_pending()) {
    read();
  }
}

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
  if (auto refusal = pass_gate(worker_.shared(), probe, route, head_at_)) {
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
  if (head_at_ == TimePoint{}) head_at_ = now;
  if (shared.access_log) head_wall_ = worker_.loop().wall_now();
  deadline_ = TimePoint::max();
  last_ = last_ || !parser_.keep_alive();
  take_request();
  state_ = State::answering;
  if (role_ == SessionRole::refuse) return refuse_for_load();
  if (auto response = pass_gate(shared, *request_, route_, now))
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

void Session::flush() {
  while (sent_ < output_.size()) {
    const IoResult result = socket_.write(std::string_view(output_).substr(sent_));
    if (result.status == IoStatus::would_block) {
      set_deadline(kWriteTimeout);
      return watch(socket_.wants_write() ? EPOLLOUT : EPOLLIN);
    }
    if (result.status != IoStatus::ok) return close();
    sent_ += result.bytes;
  }
  if (output_.empty()) return;
  output_.clear();
  if (output_.capacity() > kOutputMax) output_.shrink_to_fit();
  sent_ = 0;
  if (said_last_) return linger();
  if (state_ == State::answering) deadline_ = TimePoint::max();
  if (state_ == State::reading && parser_.state() == RequestParser::State::idle)
    set_deadline(worker_.shared().options.keep_alive);
}

/// RFC 9112, section 9.6: closing with unread input would reset the connection, and the peer might
/// never see the answer.
void Session::linger() {
  state_ = State::lingering;
  input_.clear();
  socket_.shutdown_write();
  set_deadline(kLinger);
  watch(kReadable);
}

void Session::close() {
  if (state_ == State::closed) return;
  state_ = State::closed;
  slot_->session = nullptr;
  tell_exchange(&SessionExchange::connection_lost);
  held_back_.cancel();
  if (socket_.is_open()) {
    worker_.poller().remove(socket_.fd(), *this);
    socket_.close();
    worker_.shared().connections.fetch_sub(1, std::memory_order_relaxed);
  }
  worker_.shared().metrics.open_sessions.Decrement();
  worker_.retire(*this);
}

void Session::abandon() {
  close();
}

void Session::tell_exchange(void (SessionExchange::*news)()) {
  AsioLoop& main_loop = *worker_.shared().main_loop;
  if (exchange_.expired()) return;
  run_on(main_loop, worker_.loop(), [weak = exchange_, news] {
    if (const auto exchange = weak.lock()) ((*exchange).*news)();
  });
}

void Session::check_deadline(TimePoint now) {
  if (now < deadline_ || state_ == State::closed) return;
  const bool in_request =
      state_ == State::reading && output_.empty() && parser_.state() != RequestParser::State::idle;
  if (!in_request) return close();
  deadline_ = TimePoint::max();
  last_ = true;
  request_ = std::make_shared<const Request>();
  route_ = nullptr;
  answer(problem(408, "the request did not arrive in time"));
}

void Session::drain() {
  last_ = true;
  const bool idle =
      state_ == State::reading && output_.empty() && parser_.state() == RequestParser::State::idle;
  if (!idle) return;
  // Who has only just connected is about to ask; who has been answered knows that it may be closed.
  if (has_served_)
    linger();
  else
    set_deadline(kDrainGrace);
}

void Session::watch(std::uint32_t events) {
  if (events == watched_ || state_ == State::closed) return;
  watched_ = events;
  if (!worker_.poller().modify(socket_.fd(), events, *this)) close();
}

void Session::set_deadline(Duration from_now) {
  deadline_ = worker_.loop().now() + from_now;
}

}  // namespace rtctl::server
