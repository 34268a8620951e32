// One user's stream and everything that is measured on it.
#pragma once

#include <memory>
#include <optional>

#include "client/stream.hpp"
#include "engine/event_count.hpp"
#include "engine/sequence.hpp"
#include "engine/stream_plan.hpp"

namespace rtctl::engine {

/// Told of the stream's life. Inside any callback the meter may be stopped or started.
class StreamOwner {
 public:
  virtual void on_stream_open() {}
  virtual void on_stream_bytes(std::size_t /*count*/) {}
  virtual void on_stream_event() {}
  /// It ended well, as the plan says. It is stopped by then.
  virtual void on_stream_ended() = 0;
  /// It gave up for good (a final failure, or 204). It still counts as wanted until `stop`, so that
  /// uptime tells.
  virtual void on_stream_gave_up() = 0;

 protected:
  ~StreamOwner() = default;
};

/// Writes into the group's ledger. Small, for there are many. Not movable.
class StreamMeter final : client::StreamObserver {
 public:
  /// `values` fill the request where it has variables.
  StreamMeter(GroupSite& site, StreamPlan& plan, std::uint64_t user, const scenario::Values& values,
              StreamOwner& owner);

  /// Begins a stream of its own: no last event id, a new sequence.
  void start();
  /// The same with the request filled anew.
  void start(const scenario::Values& values);

  /// The stream is wanted no more: what is still missing will not come. Harmless when stopped.
  void stop();

  void drop() { stream_.drop(); }
  client::Stream& stream() { return stream_; }

 private:
  void on_event(const sse::Event& event, TimePoint received_at) override;
  void on_comment(std::string_view text, TimePoint received_at) override;
  void on_bytes(std::size_t count, TimePoint received_at) override;
  void on_open(const net::ResponseHead& head, TimePoint attempt_started) override;
  void on_loss(const client::Loss& loss) override;
  void on_closed(const client::Closing& closing) override;

  void count(const sse::Event& event, TimePoint received_at);
  void watch(const sse::Event& event);
  void catch_up(std::optional<WallTime> sent, TimePoint received_at);

  GroupSite* site_;
  StreamPlan* plan_;
  StreamOwner* owner_;
  std::unique_ptr<client::StreamOptions> own_options_;  ///< null: shared with others
  client::Stream stream_;
  SequenceTracker sequence_;
  // A default instant means "not yet".
  TimePoint attempt_started_;
  TimePoint opened_at_;
  TimePoint last_event_at_;  ///< on this connection
  TimePoint last_comment_at_;
  TimePoint lost_at_;         ///< while behind after a loss
  TimePoint caught_at_;       ///< the newest replayed event while behind
  std::uint64_t events_ = 0;  ///< since start, greetings included
  EventCount counted_;
  bool is_open_ = false;
  bool is_wanted_ = false;
};

}  // namespace rtctl::engine
