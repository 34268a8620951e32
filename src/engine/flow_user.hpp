// A user who goes through steps, again and again: `kind: flow`.
#pragma once

#include <memory>
#include <vector>

#include "client/request.hpp"
#include "engine/flow_plan.hpp"
#include "engine/stream_meter.hpp"
#include "engine/user.hpp"
#include "engine/values.hpp"
#include "engine/verdict.hpp"

namespace rtctl::engine {

/// One step at a time. A step that fails ends the round; the next round begins after the think
/// time, with captures of its own.
class FlowUser final : public User, client::RequestObserver, StreamOwner {
 public:
  FlowUser(GroupSite& site, FlowPlan& plan, std::uint64_t index);

  void start() override;
  void wind_down() override;
  bool is_done() const override { return !client_.is_active(); }
  void stop() override;
  void drop() override {
    if (meter_) meter_->drop();
  }

 private:
  /// Where the user is in one list of steps; repeats nest.
  struct Frame {
    const std::vector<Step>* steps;
    std::size_t next = 0;
    std::uint64_t rounds_left = 1;  ///< this one included; 0: until `ends_at`
    TimePoint ends_at = TimePoint::max();
  };

  void on_response(const client::Response& response) override;
  void on_stream_ended() override;
  void on_stream_gave_up() override;

  void begin_round();
  void end_round(bool was_good);
  void advance();
  bool leave_frame();
  void take(const Step& step);
  void send();
  void fill_message(const Step& step);
  void follow(const Step& step);
  void poll_again();
  void repeat(const Step& step);
  UserValues values() const { return {site_->site, index_, round_, &captured_}; }

  GroupSite* site_;
  FlowPlan* plan_;
  std::uint64_t index_;
  UserChance chance_;
  client::RequestOptions options_;
  client::RequestClient client_;
  net::Request request_;
  ConnectionWatch connection_;
  std::unique_ptr<StreamMeter> meter_;  ///< of the sse step under way
  std::vector<Captured> captured_;
  std::vector<Frame> frames_;
  const Step* step_ = nullptr;  ///< under way
  TimePoint planned_;
  TimePoint step_ends_at_;
  std::uint64_t polls_ = 0;  ///< of the poll step under way
  std::uint64_t round_ = 0;
  Timer timer_;
  bool is_winding_down_ = false;
};

}  // namespace rtctl::engine
