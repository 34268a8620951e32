// A consumer that reads slowly: `read_rate`.
#pragma once

#include <cstdint>

#include "client/stream.hpp"

namespace rtctl::engine {

/// After each read rests until the bytes read are what the rate allows. The server's bytes wait in
/// the sockets meanwhile, as with a slow phone. Belongs to the stream's loop.
class ReadPace {
 public:
  ReadPace(Loop& loop, client::Stream& stream, std::uint64_t bytes_per_second)
      : loop_(&loop), stream_(&stream), bytes_per_second_(bytes_per_second) {}

  void on_bytes(std::size_t count) {
    const TimePoint now = loop_->now();
    const auto owed = std::chrono::duration<double>(static_cast<double>(count) /
                                                    static_cast<double>(bytes_per_second_));
    free_at_ = std::max(free_at_, now) + std::chrono::duration_cast<Duration>(owed);
    stream_->pause();
    timer_ = loop_->at(free_at_, [this] { stream_->resume(); });
  }

 private:
  Loop* loop_;
  client::Stream* stream_;
  std::uint64_t bytes_per_second_;
  TimePoint free_at_;
  Timer timer_;
};

}  // namespace rtctl::engine
