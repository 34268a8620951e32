// How far the target's wall clock is from ours.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/loop.hpp"
#include "base/random.hpp"
#include "client/request.hpp"

namespace rtctl::engine {

/// Theirs minus ours, known to lie within `bound` of `offset`.
struct ClockEstimate {
  Duration offset{};
  Duration bound{};
};

/// What answers with a Date field tell. The field has whole seconds: an answer that was written
/// between `sent` and `received` with the date D was written between D and D + 1 s by their clock.
/// Each answer narrows the range; answers just before and just after a second turns narrow it to
/// their distance (Cristian 1989, with intervals).
class ClockOffset {
 public:
  void add(WallTime sent, WallTime received, WallTime date);

  /// nullopt before the first answer, and when the answers contradict each other.
  std::optional<ClockEstimate> estimate() const;

 private:
  Duration low_ = Duration::min();
  Duration high_ = Duration::max();
};

/// Asks the target for its time: some thirty times in a little over a second, which shows when its
/// second turns, and then closely around the next turn, which shows it to a millisecond or two
/// where answers are that quick. Belongs to one loop.
class ClockProbe final : client::RequestObserver {
 public:
  using Done = std::function<void(std::optional<ClockEstimate>)>;

  /// `done` is called once, on the loop; nullopt when the target does not tell its time.
  ClockProbe(Loop& loop, net::Transport& transport, const std::string& target, bool insecure,
             Done done);

 private:
  void ask_at(TimePoint due);
  void look_closer();
  void on_response(const client::Response& response) override;
  void tell();

  Loop* loop_;
  Done done_;
  Random random_ = make_random(0, 0);
  client::Environment environment_;
  client::RequestOptions options_;
  net::Request request_;
  client::RequestClient client_;
  ClockOffset offset_;
  WallTime sent_;
  TimePoint planned_;
  Duration distance_;
  std::optional<WallTime> turn_;  ///< of their second, that the close look is at
  int asked_ = 0;
  Timer timer_;
};

}  // namespace rtctl::engine
