// The health of a client's connections in numbers: what reports call uptime, reconnects and errors.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "client/stream.hpp"

namespace rtctl::client {

/// Fed with what a StreamObserver is told; adds up, allocates nothing. Several streams may feed one
/// each and be added afterwards.
struct Health {
  std::uint64_t opened = 0;  ///< connections that became streams
  std::uint64_t failed = 0;  ///< attempts that did not
  std::uint64_t lost = 0;    ///< open streams that ended, in order or not
  std::uint64_t reconnects = 0;
  std::uint64_t events = 0;
  std::uint64_t comments = 0;
  std::uint64_t bytes = 0;
  std::array<std::uint64_t, kFailureKinds> failures{};  ///< by Failure
  Duration open_time{};
  Duration wanted_time{};  ///< from the start of the stream on

  /// Time open / time wanted; nullopt before any time was wanted.
  std::optional<double> uptime() const;

  Health& operator+=(const Health& other);
};

/// Keeps the times between one stream's callbacks and adds to a Health. Call each method from the
/// observer's callback of that name.
class HealthMeter {
 public:
  /// When the stream is started, by hand or again.
  void on_start(TimePoint at);
  /// Returns how long the stream had been lost, when it had been open before.
  std::optional<Duration> on_open(TimePoint at);
  void on_loss(const Loss& loss);
  /// Returns the gap since the event before, on the same connection.
  std::optional<Duration> on_event(TimePoint received_at);
  /// When the stream was closed or stopped, or to read the numbers in between.
  const Health& settle(TimePoint at);

  Health& health() { return health_; }

 private:
  Health health_;
  std::optional<TimePoint> wanted_since_, open_since_, lost_at_, last_event_at_;
};

}  // namespace rtctl::client
