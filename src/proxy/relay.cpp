#include "proxy/relay.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <deque>
#include <string>
#include <utility>

namespace rtctl::proxy {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Error = boost::system::error_code;

constexpr std::size_t kReadMax = 16 * 1024;
// What a direction holds back at most before it stops reading, so that TCP slows the sender down:
// enough for the link's bandwidth times its delay, within these.
constexpr std::size_t kHeldMin = 256 * 1024;
constexpr std::size_t kHeldMax = 16 * 1024 * 1024;

std::size_t held_max(const Impairment& impairment) {
  const double delay =
      std::chrono::duration<double>(impairment.latency + impairment.jitter + impairment.stall)
          .count();
  const double product = 2 * delay * static_cast<double>(impairment.bandwidth);
  return static_cast<std::size_t>(std::clamp(product, double{kHeldMin}, double{kHeldMax}));
}

}  // namespace

/// Bytes from one socket to the other: read when readable, held until released, written in order.
class Relay::Direction {
 public:
  Direction(Relay& relay, tcp::socket& from, tcp::socket& to, std::uint64_t& counter, bool is_down)
      : relay_(relay),
        from_(from),
        to_(to),
        counter_(counter),
        is_down_(is_down),
        shaper_(relay.impairment_, relay.loop_.now()) {}

  void read() {
    if (waiting_ || at_end_ || held_ >= held_max(relay_.impairment_)) return;
    waiting_ = true;
    from_.async_wait(tcp::socket::wait_read, [self = relay_.shared_from_this(), this](Error error) {
      waiting_ = false;
      if (error || !from_.is_open()) return;
      take();
    });
  }

  void set(const Impairment& impairment) { shaper_.set(impairment); }

 private:
  struct Chunk {
    std::string bytes;  ///< empty: the sender has ended its side
    TimePoint due;
  };

  void take() {
    // One buffer for all connections of the thread: an idle connection holds none.
    thread_local std::array<char, kReadMax> buffer;
    const std::uint64_t segment = relay_.impairment_.segment;
    const std::size_t wanted = segment > 0 ? std::min<std::size_t>(segment, kReadMax) : kReadMax;
    Error error;
    const std::size_t got = from_.read_some(asio::buffer(buffer.data(), wanted), error);
    if (error == asio::error::would_block || error == asio::error::try_again) return read();
    if (error && error != asio::error::eof) return relay_.end(RelayEnd::done, true);
    at_end_ = error == asio::error::eof;
    held_ += got;
    queue_.push_back({std::string(buffer.data(), got),
                      shaper_.release(got, relay_.loop_.now(), relay_.random_)});
    write();
    read();
  }

  void write() {
    if (writing_ || queue_.empty()) return;
    if (queue_.front().due > relay_.loop_.now()) {
      timer_ = relay_.loop_.at(queue_.front().due, [this] { write(); });
      return;
    }
    if (queue_.front().bytes.empty()) return finish();
    Error error;
    Chunk& chunk = queue_.front();
    const std::size_t sent = to_.write_some(asio::buffer(chunk.bytes), error);
    if (error == asio::error::would_block || error == asio::error::try_again)
      return wait_for_room();
    if (error) return relay_.end(RelayEnd::done, true);
    passed(sent);
  }

  void wait_for_room() {
    writing_ = true;
    to_.async_wait(tcp::socket::wait_write, [self = relay_.shared_from_this(), this](Error error) {
      writing_ = false;
      if (!error && to_.is_open()) write();
    });
  }

  void passed(std::size_t sent) {
    const auto self = relay_.shared_from_this();  // a cut may end the relay inside
    Chunk& chunk = queue_.front();
    held_ -= sent;
    counter_ += sent;
    chunk.bytes.erase(0, sent);
    if (chunk.bytes.empty()) queue_.pop_front();
    if (is_down_) relay_.passed_down(sent);
    if (!to_.is_open()) return;
    read();
    write();
  }

  void finish() {
    queue_.clear();
    Error ignored;
    to_.shutdown(tcp::socket::shutdown_send, ignored);
    relay_.direction_ended();
  }

  Relay& relay_;
  tcp::socket& from_;
  tcp::socket& to_;
  std::uint64_t& counter_;
  bool is_down_;
  Shaper shaper_;
  std::deque<Chunk> queue_;
  std::size_t held_ = 0;
  Timer timer_;
  bool waiting_ = false;
  bool writing_ = false;
  bool at_end_ = false;
};

Relay::Relay(AsioLoop& loop, tcp::socket client, const Impairment& impairment, ProxyCounts& counts,
             Random& random, Ended ended)
    : loop_(loop),
      client_(std::move(client)),
      upstream_(loop.context()),
      impairment_(impairment),
      counts_(counts),
      random_(random),
      ended_(std::move(ended)) {}

Relay::~Relay() = default;

void Relay::start(const tcp::endpoint& upstream) {
  if (impairment_.slow_open > Duration::zero()) {
    open_timer_ = loop_.after(impairment_.slow_open, [this, upstream] { connect(upstream); });
  } else {
    connect(upstream);
  }
}

void Relay::connect(const tcp::endpoint& upstream) {
  upstream_.async_connect(upstream, [self = shared_from_this()](Error error) {
    if (!self->client_.is_open()) return;
    if (error) return self->end(RelayEnd::unreachable, true);
    self->opened();
  });
}

void Relay::opened() {
  Error ignored;
  for (tcp::socket* socket : {&client_, &upstream_}) {
    socket->non_blocking(true, ignored);
    socket->set_option(tcp::no_delay(true), ignored);
  }
  up_ = std::make_unique<Direction>(*this, client_, upstream_, counts_.bytes_up, false);
  down_ = std::make_unique<Direction>(*this, upstream_, client_, counts_.bytes_down, true);
  if (impairment_.cut_every > Duration::zero()) {
    const double life =
        (0.5 + uniform(random_)) * static_cast<double>(impairment_.cut_every.count());
    cut_timer_ = loop_.after(Duration(static_cast<std::int64_t>(life)),
                             [this] { end(RelayEnd::cut, impairment_.reset); });
  }
  up_->read();
  down_->read();
}

void Relay::set_impairment(const Impairment& impairment) {
  impairment_ = impairment;
  if (up_) up_->set(impairment);
  if (down_) down_->set(impairment);
}

void Relay::direction_ended() {
  if (++directions_ended_ == 2) end(RelayEnd::done, false);
}

void Relay::passed_down(std::size_t bytes) {
  bytes_down_ += bytes;
  if (impairment_.cut_after > 0 && bytes_down_ >= impairment_.cut_after)
    end(RelayEnd::cut, impairment_.reset);
}

void Relay::end(RelayEnd how, bool reset) {
  // Counted before the peers can see the end, so that whoever saw it finds it counted.
  if (ended_ && how == RelayEnd::cut) ++counts_.cut;
  if (ended_ && how == RelayEnd::unreachable) ++counts_.refused;
  if (const Ended ended = std::exchange(ended_, nullptr)) loop_.post(ended);
  close(reset);
}

void Relay::close(bool reset) {
  ended_ = nullptr;
  open_timer_.cancel();
  cut_timer_.cancel();
  Error ignored;
  for (tcp::socket* socket : {&client_, &upstream_}) {
    // A linger time of zero makes close() send a RST.
    if (reset && socket->is_open()) socket->set_option(asio::socket_base::linger(true, 0), ignored);
    socket->close(ignored);
  }
}

}  // namespace rtctl::proxy
