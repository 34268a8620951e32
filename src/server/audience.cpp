#include "server/audience.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "base/check.hpp"

namespace rtctl::server {
namespace {

using namespace std::chrono_literals;

constexpr int kSendsPerSlice = 256;  // 2-3 ms of kernel time on loopback
constexpr int kSendBufferMax = 256 << 10;
constexpr Duration kReturnSpread = 5s;  // over which a drained server spreads its clients' return

/// Bounds what the kernel holds for a peer that does not read, and how long one that vanished goes
/// unnoticed: a silence is noticed an eighth of a heartbeat late at most, and what is sent then has
/// one and a quarter to be acknowledged: with the delays of kernel and loop less than three.
void prepare(int fd, const ServerOptions& options) {
  const int buffer = static_cast<int>(
      std::clamp<std::uint64_t>(options.outbox_bytes_max, 16 << 10, kSendBufferMax));
  setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
  const auto timeout = static_cast<unsigned>(
      std::chrono::ceil<std::chrono::milliseconds>(5 * options.heartbeat / 4).count());
  setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, sizeof timeout);
}

}  // namespace

void Subscriber::on_ready(std::uint32_t events) {
  audience_.on_ready(*this, events);
}

Audience::Audience(Worker& worker, ReplaySource& source, ViewKey key, std::unique_ptr<WireLog> log,
                   BlockCompressor& compressor)
    : worker_(worker),
      source_(source),
      view_(std::move(key), std::move(log), worker.loop(), compressor, *this) {}

Audience::~Audience() {
  while (!subscribers_.empty())
    remove(*subscribers_.back());
}

Subscriber* Audience::add(Socket socket) {
  auto subscriber = std::make_unique<Subscriber>(*this, std::move(socket));
  const int fd = subscriber->socket.fd();
  prepare(fd, worker_.shared().options);
  // TLS has to read: an alert that closes is a record, not an end of the TCP stream.
  const std::uint32_t events = subscriber->socket.is_tls() ? EPOLLIN | EPOLLRDHUP : EPOLLRDHUP;
  if (!worker_.poller().add(fd, events, *subscriber)) {
    worker_.shared().connections.fetch_sub(1, std::memory_order_relaxed);
    return nullptr;
  }
  subscriber->index = static_cast<std::uint32_t>(subscribers_.size());
  subscriber->cursor = view_.log().head();
  subscriber->frames = view_.log().frames();
  subscribers_.push_back(std::move(subscriber));
  worker_.shared().metrics.open_streams.Increment();
  return subscribers_.back().get();
}

void Audience::remove(Subscriber& subscriber) {
  source_.forget(subscriber);
  worker_.poller().remove(subscriber.socket.fd(), subscriber);
  const std::uint32_t index = subscriber.index;
  if (index + 1 != subscribers_.size()) {
    std::swap(subscribers_[index], subscribers_.back());
    subscribers_[index]->index = index;
  }
  subscribers_.pop_back();
  worker_.shared().metrics.open_streams.Decrement();
  worker_.shared().connections.fetch_sub(1, std::memory_order_relaxed);
}

void Audience::on_ready(Subscriber& subscriber, std::uint32_t events) {
  // A half-closed event stream counts as left: nobody asks for events and hangs up to read them.
  if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) return remove(subscriber);
  if (events & EPOLLIN) {
    const IoResult result = subscriber.socket.read(worker_.read_buffer());
    if (result.status == IoStatus::closed || result.status == IoStatus::failed)
      return remove(subscriber);
  }
  if (!(events & EPOLLOUT) && !subscriber.is_blocked) return;
  unblock(subscriber);
  advance(subscriber);
  flush_counts();
}

void Audience::before_append(std::size_t bytes) {
  // Nobody who keeps up may be overtaken only because the sweep has not come by yet.
  if (view_.log().head() + bytes - swept_head_ <= view_.log().capacity()) return;
  for (std::size_t i = subscribers_.size(); i > 0; --i) {
    if (i <= subscribers_.size()) visit(*subscribers_[i - 1]);
  }
  swept_head_ = view_.log().head();
  flush_counts();
}

void Audience::after_append() {
  if (!is_sweeping_) start_round();
}

void Audience::start_round() {
  is_sweeping_ = true;
  round_head_ = view_.log().head();
  position_ = subscribers_.size();
  worker_.loop().post([this] { sweep_slice(); });
}

void Audience::sweep_slice() {
  for (int sends = 0; sends < kSendsPerSlice && position_ > 0; ++sends) {
    position_ = std::min(position_, subscribers_.size());
    if (position_ == 0) break;
    visit(*subscribers_[--position_]);
  }
  flush_counts();
  if (position_ > 0) return worker_.loop().post([this] { sweep_slice(); });
  swept_head_ = std::max(swept_head_, round_head_);
  is_sweeping_ = false;
  if (view_.log().head() != round_head_) start_round();
}

void Audience::visit(Subscriber& subscriber) {
  if (!subscriber.is_blocked) return advance(subscriber);
  if (subscriber.backlog) return;  // a replay has its own limit
  const std::uint64_t behind = view_.log().head() - subscriber.cursor;
  if (behind <= worker_.shared().options.outbox_bytes_max &&
      subscriber.cursor >= view_.log().tail())
    return;
  worker_.shared().metrics.cut_slow.Increment();
  remove(subscriber);
}

void Audience::advance(Subscriber& subscriber) {
  if (subscriber.is_mute) return;
  if (subscriber.backlog && send_backlog(subscriber) != Sent::everything) return;
  send_live(subscriber);
}

Audience::Sent Audience::write(Subscriber& subscriber, std::string_view bytes,
                               std::size_t& written) {
  while (written < bytes.size()) {
    const IoResult result = subscriber.socket.write(bytes.substr(written));
    if (result.status == IoStatus::would_block) {
      block(subscriber);
      return Sent::blocked;
    }
    if (result.status != IoStatus::ok) {
      remove(subscriber);
      return Sent::gone;
    }
    written += result.bytes;
    bytes_sent_ += result.bytes;
  }
  return Sent::everything;
}

Audience::Sent Audience::send_backlog(Subscriber& subscriber) {
  Backlog& backlog = *subscriber.backlog;
  const std::size_t before = backlog.sent;
  const Sent sent = write(subscriber, backlog.bytes, backlog.sent);
  if (sent == Sent::gone) return sent;
  if (backlog.sent != before) backlog.progress_at = worker_.loop().now();
  if (sent == Sent::blocked) return sent;
  frames_sent_ += std::exchange(backlog.frames, 0);
  backlog.bytes = {};
  backlog.sent = 0;
  if (!backlog.next_id && !backlog.is_waiting) {
    subscriber.backlog.reset();
    return Sent::everything;
  }
  if (!backlog.is_waiting) source_.more_replay(subscriber);
  return Sent::blocked;
}

Audience::Sent Audience::send_live(Subscriber& subscriber) {
  const WireLog& log = view_.log();
  if (subscriber.cursor == log.head()) return Sent::everything;
  if (subscriber.cursor < log.tail()) {
    worker_.shared().metrics.cut_slow.Increment();
    remove(subscriber);
    return Sent::gone;
  }
  std::size_t written = 0;
  const Sent sent = write(subscriber, log.from(subscriber.cursor), written);
  if (sent == Sent::gone) return sent;
  subscriber.cursor += written;
  count_sent(subscriber);
  return sent;
}

void Audience::count_sent(Subscriber& subscriber) {
  const std::uint64_t frames = view_.log().frames_until(subscriber.cursor);
  if (frames <= subscriber.frames) return;
  frames_sent_ += frames - subscriber.frames;
  subscriber.frames = frames;
}

void Audience::flush_counts() {
  ServerMetrics& metrics = worker_.shared().metrics;
  if (frames_sent_ != 0) metrics.events_sent.Increment(static_cast<double>(frames_sent_));
  if (bytes_sent_ != 0) metrics.event_bytes_sent.Increment(static_cast<double>(bytes_sent_));
  frames_sent_ = 0;
  bytes_sent_ = 0;
}

void Audience::block(Subscriber& subscriber) {
  if (std::exchange(subscriber.is_blocked, true)) return;
  const std::uint32_t direction = subscriber.socket.wants_write() ? EPOLLOUT : EPOLLIN;
  (void)worker_.poller().modify(subscriber.socket.fd(), direction | EPOLLRDHUP, subscriber);
}

void Audience::unblock(Subscriber& subscriber) {
  if (!std::exchange(subscriber.is_blocked, false)) return;
  const std::uint32_t events = subscriber.socket.is_tls() ? EPOLLIN | EPOLLRDHUP : EPOLLRDHUP;
  (void)worker_.poller().modify(subscriber.socket.fd(), events, subscriber);
}

void Audience::cut_stalled(TimePoint silent_since) {
  for (std::size_t i = subscribers_.size(); i > 0; --i) {
    Subscriber& subscriber = *subscribers_[i - 1];
    if (!subscriber.is_blocked || !subscriber.backlog) continue;
    if (subscriber.backlog->progress_at > silent_since) continue;
    worker_.shared().metrics.cut_stalled.Increment();
    remove(subscriber);
  }
}

void Audience::release_what_all_have_read() {
  const auto has_read = [head = view_.log().head()](const auto& subscriber) {
    return subscriber->cursor == head;
  };
  if (!is_sweeping_ && std::ranges::all_of(subscribers_, has_read)) view_.release();
}

void Audience::drain() {
  view_.flush_window();
  while (!subscribers_.empty()) {
    Subscriber& subscriber = *subscribers_.back();
    const std::size_t before = subscribers_.size();
    if (!subscriber.is_blocked) advance(subscriber);
    if (subscribers_.size() == before) say_goodbye(subscriber);
  }
  flush_counts();
}

void Audience::say_goodbye(Subscriber& subscriber) {
  const bool caught_up = !subscriber.is_blocked && !subscriber.backlog && !subscriber.is_mute &&
                         subscriber.cursor == view_.log().head();
  if (caught_up) {
    const auto retry = std::chrono::ceil<std::chrono::milliseconds>(
        worker_.shared().options.retry + kReturnSpread * uniform(worker_.random()));
    const std::string text = "retry: " + std::to_string(retry.count()) + "\n\n";
    std::string bytes = view_.encoded(text);
    if (subscriber.gzip) {
      const GzipSum live = view_.sum().without_prefix(subscriber.gzip->joined);
      bytes += gzip_stream_trailer(subscriber.gzip->own.then(live).then(GzipSum::of(text)));
    }
    (void)subscriber.socket.write(bytes);
    subscriber.socket.shutdown_write();
  }
  remove(subscriber);
}

}  // namespace rtctl::server
