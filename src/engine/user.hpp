// One simulated user, as its group sees it.
#pragma once

namespace rtctl::engine {

/// Belongs to one worker's loop.
class User {
 public:
  virtual ~User() = default;

  /// Begins. Called once.
  virtual void start() = 0;

  /// The run is over: begins nothing new. Requests under way may still be answered.
  virtual void wind_down() = 0;

  /// After wind_down: nothing is under way any more that an answer is awaited for.
  virtual bool is_done() const = 0;

  /// Ends everything at once and writes down what was still open.
  virtual void stop() = 0;

  /// Cuts the connection as if the network had, where there is a stream.
  virtual void drop() {}
};

}  // namespace rtctl::engine
