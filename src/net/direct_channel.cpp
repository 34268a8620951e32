#include "net/direct_channel.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/check.hpp"
#include "net/request_check.hpp"

namespace rtctl::net {
namespace {

// Edge-triggered, registered once for the life of a connection: no system call per exchange.
constexpr std::uint32_t kEvents = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
constexpr std::uint32_t kClosing = EPOLLRDHUP | EPOLLHUP | EPOLLERR;

std::string error_text(int error) {
  return error != 0 ? std::strerror(error) : "the connection broke";
}

}  // namespace

/// Made before a callback: tells afterwards whether the channel still exists and the exchange is
/// the one it was.
class DirectChannel::Moment {
 public:
  explicit Moment(const DirectChannel& channel)
      : context_(channel.context_), channel_(&channel), generation_(channel.generation_) {}

  bool has_passed() const {
    return context_.active != channel_ || channel_->generation_ != generation_;
  }

 private:
  const DirectContext& context_;
  const DirectChannel* channel_;  // may dangle; only compared until it is known to exist
  std::uint32_t generation_;
};

/// One entry from outside, during which handlers are called.
class DirectChannel::Turn {
 public:
  explicit Turn(DirectChannel& channel) : context_(channel.context_) { context_.active = &channel; }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() { context_.active = nullptr; }

 private:
  DirectContext& context_;
};

DirectChannel::~DirectChannel() {
  cancel();
  close();
  if (context_.active == this) context_.active = nullptr;
}

void DirectChannel::start(const Request& request, ExchangeHandler& handler) {
  RTCTL_CHECK(handler_ == nullptr);
  handler_ = &handler;
  ++generation_;
  is_paused_ = false;
  flight_ = context_.take_flight();
  flight_->timing.started = context_.loop().now();
  if (auto problem = request_problem(request))
    flight_->refusal = std::move(*problem);
  else
    address(request);
  if (state_ == State::idle) state_ = State::queued;
  context_.enqueue(*this);
}

/// Writes the request out for the origin of its URL: mostly that of the exchange before.
void DirectChannel::address(const Request& request) {
  std::string scratch;
  std::string_view target;
  if (origin_ != nullptr) target = origin_->target_of(request.url);
  if (target.empty()) {
    Origin* origin = context_.origin(profile_, request.url, scratch);
    if (origin == nullptr) {
      flight_->refusal = std::move(scratch);
      return;
    }
    if (origin != origin_) close();
    origin_ = origin;
    target = scratch;
  }
  flight_->request = context_.text_of(request, target, origin_->defaults());
}

void DirectChannel::cancel() {
  context_.dequeue(*this);
  wants_read_ = false;
  is_paused_ = false;
  if (handler_ == nullptr) return;
  handler_ = nullptr;
  ++generation_;
  if (state_ == State::resolving) origin_->forget(*this);
  context_.give_back(std::move(flight_));
  close();
}

void DirectChannel::resume() {
  if (!is_paused_) return;
  is_paused_ = false;
  if (wants_read_ || (state_ != State::head && state_ != State::body)) return;
  wants_read_ = true;
  context_.enqueue(*this);
}

void DirectChannel::run_queued() {
  const Turn turn(*this);
  if (std::exchange(wants_read_, false))
    read_all(kClosing);
  else
    begin();
}

void DirectChannel::begin() {
  if (!flight_->refusal.empty())
    return finish({OutcomeKind::unsupported, std::move(flight_->refusal)});
  // A request that must not be sent twice does not try its luck on a connection that is dead.
  if (state_ == State::kept && !is_idempotent(flight_->method()) && wire_.has_news()) close();
  if (state_ == State::kept)
    send_request(true);
  else
    connect();
}

void DirectChannel::connect() {
  state_ = State::resolving;
  flight_->connect_timer = context_.loop().after(profile_.options.connect_timeout, [this] {
    const Turn turn(*this);
    if (state_ == State::resolving) origin_->forget(*this);
    finish({OutcomeKind::connect_timeout, "no connection to " + origin_->name() + " in time"});
  });
  if (!origin_->find_address(*this)) return;
  const int fd = origin_->open_socket();
  if (fd >= 0) return use_socket(fd, State::connecting);
  origin_->doubt_address();
  finish({OutcomeKind::connect, origin_->name() + ": " + error_text(errno)});
}

void DirectChannel::on_address() {
  const Turn turn(*this);
  const int fd = origin_->open_socket();
  if (fd >= 0) return use_socket(fd, State::connecting);
  finish({OutcomeKind::connect, origin_->name() + ": " + error_text(errno)});
}

void DirectChannel::on_socket(int fd) {
  const Turn turn(*this);
  use_socket(fd, State::connecting);
}

void DirectChannel::on_no_address(const Outcome& outcome) {
  const Turn turn(*this);
  finish(outcome);
}

void DirectChannel::use_socket(int fd, State next) {
  wire_ = Wire(fd);
  state_ = next;
  Poller* poller = context_.poller();
  if (poller != nullptr && poller->add(fd, kEvents, *this)) return;
  wire_ = Wire();
  finish({OutcomeKind::connect, "the system has no room to watch another connection"});
}

void DirectChannel::on_ready(std::uint32_t events) {
  const Turn turn(*this);
  switch (state_) {
    case State::connecting:
      return on_connect_event(events);
    case State::handshaking:
      return shake_hands();
    case State::head:
    case State::body:
      if ((events & EPOLLOUT) != 0 && !write_more()) return;
      return read_all(events);
    case State::kept:
    case State::queued:
      return check_kept();
    case State::idle:
    case State::resolving:
      break;
  }
}

void DirectChannel::on_connect_event(std::uint32_t events) {
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) {
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(wire_.fd(), SOL_SOCKET, SO_ERROR, &error, &size);
    origin_->doubt_address();
    return finish({OutcomeKind::connect, origin_->name() + ": " + error_text(error)});
  }
  if ((events & EPOLLOUT) == 0) return;
  if (origin_->is_https()) return begin_tls();
  // What came with this event is not told again.
  if (send_request(false) && (events & (EPOLLIN | kClosing)) != 0) read_all(events);
}

void DirectChannel::begin_tls() {
  const auto tls = origin_->tls_context();
  if (!tls) return finish({OutcomeKind::certificate, tls.error().message});
  if (!wire_.begin_tls(*tls, origin_->host()))
    return finish({OutcomeKind::tls, "no memory for TLS"});
  state_ = State::handshaking;
  shake_hands();
}

void DirectChannel::shake_hands() {
  switch (wire_.handshake().kind) {
    case Io::Kind::done:
      if (send_request(false)) read_all(kClosing);
      return;
    case Io::Kind::wait:
      return;
    case Io::Kind::end:
    case Io::Kind::error:
      return finish(wire_.handshake_failure());
  }
}

/// False when the exchange is over.
bool DirectChannel::send_request(bool reused) {
  flight_->connect_timer.cancel();
  flight_->timing.connected.reset();
  if (!reused) flight_->timing.connected = context_.loop().now();
  is_reused_ = reused;
  state_ = State::head;
  const Moment moment(*this);
  handler_->on_connected(reused);
  return !moment.has_passed() && write_more();
}

/// False when the exchange is over.
bool DirectChannel::write_more() {
  while (flight_ != nullptr && !flight_->unsent().empty()) {
    const Io io = wire_.write(flight_->unsent());
    if (io.kind == Io::Kind::wait) return true;
    if (io.kind != Io::Kind::done) {
      // The peer may have answered before it closed: that answer is worth more than the error.
      if (wire_.has_news())
        read_all(kClosing);
      else
        on_lost(io.error);
      return false;
    }
    flight_->sent += io.bytes;
  }
  return true;
}

void DirectChannel::read_all(std::uint32_t events) {
  DirectContext& context = context_;
  if (flight_ != nullptr && state_ == State::body && !flight_->stash.empty()) {
    const std::string kept = std::exchange(flight_->stash, {});
    if (!deliver(kept, context.loop().now())) return;
  }
  for (;;) {
    if (is_paused_) return;
    const Io io = wire_.read(context.buffer());
    switch (io.kind) {
      case Io::Kind::wait:
        return;
      case Io::Kind::end:
        return on_end_of_connection();
      case Io::Kind::error:
        return on_lost(io.error);
      case Io::Kind::done:
        break;
    }
    if (!deliver({context.buffer().data(), io.bytes}, context.loop().now())) return;
    // A short read has emptied the socket (epoll(7)), unless the end is waiting behind it.
    const bool is_drained = io.bytes < context.buffer().size() && !wire_.is_encrypted();
    if (is_drained && (events & kClosing) == 0) return;
  }
}

/// False when the exchange is over, or this is.
bool DirectChannel::deliver(std::string_view bytes, TimePoint received_at) {
  const Moment moment(*this);
  handler_->on_activity(received_at);
  if (moment.has_passed()) return false;
  if (state_ == State::body) return deliver_body(bytes, received_at);
  if (flight_->stash.empty()) {
    return deliver_head(bytes, received_at) &&
           (state_ != State::body || deliver_body(bytes, received_at));
  }
  std::string whole = std::exchange(flight_->stash, {});
  whole.append(bytes);
  std::string_view rest = whole;
  return deliver_head(rest, received_at) &&
         (state_ != State::body || deliver_body(rest, received_at));
}

/// Takes the head off the front of `bytes`, or keeps what there is of it.
bool DirectChannel::deliver_head(std::string_view& bytes, TimePoint received_at) {
  if (!std::exchange(flight_->has_answer, true)) flight_->timing.first_byte = received_at;
  ResponseHeadReader& reader = context_.head_reader();
  const HeadResult result = reader.read(bytes, flight_->method(), flight_->head_bytes);
  bytes.remove_prefix(result.bytes);
  switch (result.kind) {
    case HeadResult::Kind::more:
      flight_->head_bytes += result.bytes;
      flight_->stash = bytes;
      return true;
    case HeadResult::Kind::bad_frame:
      finish({OutcomeKind::bad_frame, result.detail});
      return false;
    case HeadResult::Kind::limit:
      finish({OutcomeKind::limit, result.detail});
      return false;
    case HeadResult::Kind::complete:
      break;
  }
  ResponseHead& head = reader.head();
  head.timing = flight_->timing;
  decoder_ = result.body;
  keeps_alive_ = result.keeps_alive;
  const bool has_body = may_have_body(flight_->method(), head.status);
  state_ = State::body;
  if (flight_->unsent().empty()) context_.give_back(std::move(flight_));
  const Moment moment(*this);
  handler_->on_head(head);
  if (moment.has_passed()) return false;
  if (has_body && result.is_encoded) {
    finish({OutcomeKind::bad_encoding,
            "unknown content encoding \"" +
                std::string(*find_header(head.headers, "content-encoding")) + "\""});
    return false;
  }
  return true;
}

bool DirectChannel::deliver_body(std::string_view bytes, TimePoint received_at) {
  const Moment moment(*this);
  while (decoder_.state() == BodyDecoder::State::more && !bytes.empty()) {
    if (is_paused_) {
      if (flight_ == nullptr) flight_ = context_.take_flight();
      flight_->stash = bytes;
      return true;
    }
    const std::string_view piece = decoder_.next(bytes);
    if (piece.empty()) continue;
    handler_->on_body(piece, received_at);
    if (moment.has_passed()) return false;
  }
  if (decoder_.state() == BodyDecoder::State::more) return true;
  if (!bytes.empty()) keeps_alive_ = false;  // nobody asked for these
  if (decoder_.state() == BodyDecoder::State::complete)
    finish({});
  else
    finish({OutcomeKind::bad_frame, "the chunks of the body are malformed"});
  return false;
}

void DirectChannel::on_end_of_connection() {
  if (state_ == State::head) {
    if (!flight_->has_answer && retry()) return;
    const char* where =
        flight_->has_answer ? "in the middle of the response header" : "before the response";
    return finish({OutcomeKind::reset, std::string("the connection was closed ") + where});
  }
  keeps_alive_ = false;
  if (decoder_.ends_with_connection()) return finish({});
  if (decoder_.is_chunked())
    return finish({OutcomeKind::reset, "the connection was closed before the last chunk"});
  finish({OutcomeKind::bad_frame, "the body is shorter than its Content-Length"});
}

void DirectChannel::on_lost(int error) {
  if (state_ == State::head && !flight_->has_answer && retry()) return;
  Outcome outcome = wire_.failure(error);
  outcome.detail.insert(0, origin_->name() + ": ");
  finish(outcome);
}

/// A connection that was kept may have died of old age, just as the request went out. Once, and
/// only for what may be sent twice.
bool DirectChannel::retry() {
  if (!is_reused_ || flight_->was_retried || !is_idempotent(flight_->method())) return false;
  flight_->was_retried = true;
  flight_->sent = 0;
  close();
  connect();
  return true;
}

/// An event on a connection without an exchange: usually the peer has closed it.
void DirectChannel::check_kept() {
  if (!wire_.is_open()) return;
  const bool waits_for_turn = handler_ != nullptr;
  if (wire_.read(context_.buffer()).kind == Io::Kind::wait) return;
  close();
  if (waits_for_turn) state_ = State::queued;
}

void DirectChannel::finish(const Outcome& outcome) {
  const bool is_sent = flight_ == nullptr || flight_->unsent().empty();
  const bool is_kept =
      outcome.kind == OutcomeKind::complete && keeps_alive_ && is_sent && wire_.is_open();
  context_.give_back(std::move(flight_));
  is_paused_ = false;
  if (std::exchange(wants_read_, false)) context_.dequeue(*this);
  if (is_kept)
    state_ = State::kept;
  else
    close();
  ++generation_;
  std::exchange(handler_, nullptr)->on_end(outcome);
}

void DirectChannel::close() {
  if (wire_.is_open()) {
    context_.poller()->remove(wire_.fd(), *this);
    wire_ = Wire();
  }
  state_ = State::idle;
}

}  // namespace rtctl::net
