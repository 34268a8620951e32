#include "server/session.hpp"

#include <utility>

#include "base/check.hpp"

namespace rtctl::server {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kOutputKept = 256 << 10;  // of memory, for the next answers
constexpr Duration kLinger = 2s;                // how long a refused peer may go on sending
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
  if (output_.capacity() > kOutputKept) output_.shrink_to_fit();
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
