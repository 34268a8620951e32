// A user who follows an event stream: `kind: sse`.
#pragma once

#include <memory>

#include "engine/read_pace.hpp"
#include "engine/stream_meter.hpp"
#include "engine/user.hpp"

namespace rtctl::engine {

/// Connects and stays connected; where the group says so it reads slowly, cuts its connection,
/// vanishes, or ends well and begins again.
class StreamUser final : public User, StreamOwner {
 public:
  StreamUser(GroupSite& site, StreamPlan& plan, std::uint64_t index);

  void start() override;
  void wind_down() override;
  bool is_done() const override { return true; }
  void stop() override;
  void drop() override {
    if (!has_vanished_) meter_.drop();
  }

 private:
  void on_stream_open() override;
  void on_stream_bytes(std::size_t count) override;
  void on_stream_event() override;
  void on_stream_ended() override;
  void on_stream_gave_up() override { timer_.cancel(); }

  GroupSite* site_;
  std::uint64_t index_;
  UserChance chance_;
  StreamMeter meter_;
  std::unique_ptr<ReadPace> pace_;  ///< of a slow consumer
  Timer timer_;                     ///< the next drop, or the end of the think time
  std::uint64_t round_ = 0;
  bool has_vanished_ = false;
  bool is_winding_down_ = false;
};

}  // namespace rtctl::engine
