// One SSE client: connects, reads, notices silence, waits, connects again (HTML Standard, section
// 9.2, and the rules of rtctl-tail(1)).
//
//   connecting ──200, text/event-stream──▶ open ──half the idle time-out silent──▶ stale
//       ▲  │                                │ ◀──────────── any byte ───────────────┘ │
//       │  └─────────── failed ─────────┐   │ lost                   idle time-out    │
//       │                               ▼   ▼                                         │
//       └────── after the backoff ───── waiting ◀────────────────────────────────────-┘
//   any state ── 204, a final failure, no retries left, `stop` ──▶ closed
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/backoff.hpp"
#include "client/deadline.hpp"
#include "client/environment.hpp"
#include "client/failure.hpp"
#include "net/transport.hpp"
#include "rtctl/sse.hpp"

namespace rtctl::client {

/// Shared by many streams; outlives them. Filled in before the first stream starts, then left as it
/// is.
struct StreamOptions {
  net::Request request;  ///< Accept, Cache-Control and Last-Event-ID are added when absent
  net::ChannelOptions channel;
  BackoffPolicy backoff;
  Duration idle_timeout = std::chrono::seconds(45);  ///< no byte for that long; 0 = never
  Duration head_timeout{};  ///< from an attempt's begin to the answer's header; 0 = no such limit
  std::optional<std::uint32_t>
      max_retries;  ///< N+1 requests in a row without an event; unset = no limit
  bool reconnect = true;
  bool strict = false;  ///< as a browser's EventSource: every status but 200 is final
  std::size_t event_bytes_max = std::size_t{64} << 20;
};

enum class StreamState : std::uint8_t { closed, connecting, open, stale, waiting };

/// A connection that was lost, or an attempt that failed. Views live until the callback returns.
struct Loss {
  Failure failure = Failure::none;  ///< none: the server ended the stream in order, or `drop`
  int status = 0;                   ///< of the answer; 0 when there was none
  std::string_view detail;          ///< for people
  TimePoint at;
  bool was_open = false;
  std::optional<Duration> wait;  ///< until the next connection; nullopt when the stream closes
};

enum class CloseReason : std::uint8_t {
  no_content,    ///< 204: the server wants no reconnection
  ended,         ///< the stream was lost or ended and `reconnect` is off
  failed,        ///< a final failure
  retries_used,  ///< `max_retries` in a row brought no event
};

struct Closing {
  CloseReason reason = CloseReason::failed;
  Failure failure = Failure::none;
  int status = 0;
  std::string_view detail;
  TimePoint at;
};

/// Told of one stream, on its loop. Inside any callback the stream may be stopped, dropped or
/// started again, but not destroyed.
class StreamObserver {
 public:
  virtual void on_event(const sse::Event& event, TimePoint received_at) = 0;
  virtual void on_comment(std::string_view /*text*/, TimePoint /*received_at*/) {}
  virtual void on_retry(Duration /*retry*/) {}
  /// Decoded bytes of the stream, before the events in them are told.
  virtual void on_bytes(std::size_t /*count*/, TimePoint /*received_at*/) {}
  /// Every change of state but those that `stop` makes. `open`: see `on_open`.
  virtual void on_state(StreamState /*state*/, TimePoint /*at*/) {}
  /// The stream is open; the head holds connect and first-byte times. `attempt_started` is when
  /// this attempt began, redirects included.
  virtual void on_open(const net::ResponseHead& /*head*/, TimePoint /*attempt_started*/) {}
  virtual void on_loss(const Loss& /*loss*/) {}
  /// The stream ended by itself and will do nothing more unless it is started again.
  virtual void on_closed(const Closing& closing) = 0;

 protected:
  ~StreamObserver() = default;
};

/// Idle it is a few hundred bytes: no buffer, one timer that is looked at rather than moved.
/// Nothing is allocated per event. Not movable.
class Stream final : net::ExchangeHandler, sse::Listener, DeadlineOwner {
 public:
  Stream(const Environment& environment, const StreamOptions& options, StreamObserver& observer);
  ~Stream();

  /// Connects now. There must be no connection: the stream is new, closed or stopped. The last
  /// event id and the server's `retry` are kept from earlier runs; the count of failures is not.
  void start();

  /// Closes at once, without a callback.
  void stop();

  /// Cuts the connection as if the network had; the stream then reconnects by its rules. Nothing
  /// happens when it is waiting or closed.
  void drop();

  /// Stops and restarts reading; what the server sends waits in the sockets. The idle time-out
  /// rests meanwhile.
  void pause();
  void resume();

  StreamState state() const { return state_; }
  std::string_view last_event_id() const { return parser_.last_event_id(); }
  void set_last_event_id(std::string_view id) { parser_.set_last_event_id(id); }

 private:
  // of the exchange
  void on_connected(bool reused) override;
  void on_head(const net::ResponseHead& head) override;
  void on_body(std::string_view bytes, TimePoint received_at) override;
  void on_activity(TimePoint received_at) override;
  void on_end(const net::Outcome& outcome) override;
  // of the parser
  void on_event(const sse::Event& event) override;
  void on_comment(std::string_view text) override;
  void on_retry(std::uint64_t milliseconds) override;
  // of the timer, which serves silence and waiting
  void on_deadline() override;

  struct Hop;  // what only a redirected attempt needs
  struct Attempt {
    Failure failure = Failure::none;
    int status = 0;
    std::string detail;
  };

  bool is_open() const { return state_ == StreamState::open || state_ == StreamState::stale; }
  bool is_connecting_or_open() const;
  std::uint32_t enter(StreamState state);
  bool tell_state(std::uint32_t turn);
  void connect();
  net::Request first_request() const;
  void refuse(const net::ResponseHead& head);
  void follow(const net::ResponseHead& head);
  void lose(const Attempt& attempt, std::optional<Duration> retry_after = std::nullopt);
  void fail(const Attempt& attempt);
  void end(const Loss& loss, CloseReason reason);
  void watch();

  const Environment* environment_;
  const StreamOptions* options_;
  StreamObserver* observer_;
  std::unique_ptr<net::Channel> channel_;
  std::unique_ptr<Hop> hop_;
  sse::Parser parser_;
  Deadline deadline_;
  TimePoint attempt_started_;
  TimePoint last_activity_;
  Duration retry_{-1};                 ///< the server's; negative: none seen
  std::uint32_t early_losses_ = 0;     ///< in a row; the k of the backoff
  std::uint32_t barren_requests_ = 0;  ///< in a row that brought no event; for `max_retries`
  std::uint32_t turn_ = 0;
  StreamState state_ = StreamState::closed;
  bool is_connected_ = false;
  bool is_paused_ = false;
  bool had_event_ = false;  ///< on this connection
};

}  // namespace rtctl::client
