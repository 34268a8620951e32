// When bytes that enter an impaired path come out of it.
#pragma once

#include <cstddef>

#include "base/random.hpp"
#include "proxy/impairment.hpp"

namespace rtctl::proxy {

/// One direction of one connection. Pure: takes time and chance as arguments. Bytes never overtake
/// others.
class Shaper {
 public:
  Shaper(const Impairment& impairment, TimePoint opened)
      : impairment_(impairment), opened_(opened) {}

  /// The instant at which `bytes` that arrive at `now` are to be passed on. They first wait for
  /// their turn on the narrow link, then travel for the latency, then wait until a stall is over.
  TimePoint release(std::size_t bytes, TimePoint now, Random& random);

  /// From now on bytes are treated so; what was released before keeps its instant.
  void set(const Impairment& impairment) { impairment_ = impairment; }

 private:
  TimePoint after_stall(TimePoint time) const;

  Impairment impairment_;
  TimePoint opened_;
  TimePoint link_free_at_{};
  TimePoint last_release_{};
};

}  // namespace rtctl::proxy
