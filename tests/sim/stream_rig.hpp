// A stream on a fake loop and a fake transport, and a transcript of what it told.
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "../support/fake_loop.hpp"
#include "../support/fake_transport.hpp"
#include "base/units.hpp"
#include "client/stream.hpp"

namespace rtctl::test {

using namespace std::chrono_literals;

inline const char* name_of(client::StreamState state) {
  constexpr const char* kNames[] = {"closed", "connecting", "open", "stale", "waiting"};
  return kNames[static_cast<int>(state)];
}

class StreamRig final : public client::StreamObserver {
 public:
  StreamRig() {
    options.request.url = "http://server.test/api/events";
    options.backoff.jitter = Jitter::none;
  }

  client::Stream& stream() {
    if (!stream_) stream_ = std::make_unique<client::Stream>(environment, options, *this);
    return *stream_;
  }
  void start() { stream().start(); }
  /// Starts, and lets `span` pass.
  void run(Duration span) {
    start();
    loop.advance(span);
  }

  /// The moments at which requests went out.
  std::vector<Duration> request_times() const {
    std::vector<Duration> times;
    for (const auto& seen : transport.seen)
      times.push_back(seen.at.time_since_epoch());
    return times;
  }

  void on_event(const sse::Event& event, TimePoint) override {
    events.push_back(fmt::format("{}|{}|{}", event.type, event.data, event.last_event_id));
    if (on_each_event) on_each_event();
  }
  void on_comment(std::string_view text, TimePoint) override { comments.emplace_back(text); }
  void on_bytes(std::size_t count, TimePoint) override { bytes += count; }
  void on_state(client::StreamState state, TimePoint at) override {
    states.push_back(fmt::format("{} {}", format_duration(at.time_since_epoch()), name_of(state)));
    if (on_each_state) on_each_state(state);
  }
  void on_loss(const client::Loss& loss) override {
    losses.push_back(fmt::format("{}{}", client::name_of(loss.failure),
                                 loss.wait ? " wait " + format_duration(*loss.wait) : ""));
    loss_details.emplace_back(loss.detail);
  }
  void on_closed(const client::Closing& closing) override {
    close_reasons.push_back(closing.reason);
    closing_detail = closing.detail;
    closing_failure = closing.failure;
  }

  FakeLoop loop;
  FakeTransport transport{loop};
  Random random = make_random(1, 0);
  client::Environment environment{loop, transport, random};
  client::StreamOptions options;

  std::vector<std::string> events, comments, states, losses, loss_details;
  std::vector<client::CloseReason> close_reasons;
  std::string closing_detail;
  client::Failure closing_failure = client::Failure::none;
  std::size_t bytes = 0;
  std::function<void()> on_each_event;
  std::function<void(client::StreamState)> on_each_state;

 private:
  std::unique_ptr<client::Stream> stream_;
};

}  // namespace rtctl::test
