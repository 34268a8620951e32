// Adds up what the workers recorded: the live figures, the series by second, the Summary.
//
// How the engine uses it, on the run's loop:
//
//   Collector collector({{"subscribers", "sse"}, ...});
//   each time a worker hands over:  for g: collector.add(g, recorders[g]);  then clear and return
//   every second:                   collector.end_second();  show collector.live()
//   when the warm-up is over:       collector.end_warmup();   (workers handed over just before)
//   at the end:                     Summary summary = collector.summary();
//                                   fill name, seed, duration, generator, ...; judge(summary);
#pragma once

#include <string>
#include <vector>

#include "metrics/recorder.hpp"

namespace rtctl::metrics {

struct GroupName {
  std::string name;
  std::string kind;
};

/// What the live block shows. Rates are of the last whole second; quantiles since the warm-up.
struct Live {
  std::uint64_t users = 0;
  std::uint64_t open = 0;
  std::uint64_t events = 0, requests = 0, errors = 0;  ///< since the warm-up
  std::uint64_t events_per_second = 0, requests_per_second = 0, bytes_per_second = 0;
  /// Of `delivery` where there is any, else `latency`, else `first_byte`; nanoseconds.
  std::optional<std::uint64_t> p50, p99;
  std::string_view quantiles_of;  ///< name of that metric; "" when there is none
};

/// Belongs to the run's thread.
class Collector {
 public:
  explicit Collector(const std::vector<GroupName>& groups);

  /// Takes what one worker recorded of group `index` since it last handed over.
  void add(std::size_t index, const Recorder& recorder);

  /// Closes the current second of the series. Once more at the very end, for what came after the
  /// last whole second.
  void end_second();

  /// Forgets all samples and counts so far; users and open connections stay. The series keeps its
  /// seconds: points before this are the warm-up and are dropped.
  void end_warmup();

  Live live() const;

  /// Groups, total and series; the rest of the Summary is the caller's to fill.
  Summary summary() const;

  /// As summary(), without the series: for thresholds that abort, looked at once a second (set
  /// `duration` first, rates need it; only results with a `measured` value may abort). It costs as
  /// much as there are buckets in use.
  Summary snapshot() const;

 private:
  struct Levels {
    std::uint64_t users = 0, open = 0, users_max = 0, open_max = 0;
    std::uint64_t carried = 0;  ///< streams that were open when the warm-up ended
  };
  struct Part {
    GroupName name;
    Recorder all;     ///< since the warm-up
    Recorder second;  ///< since end_second
    Levels levels;
    std::vector<SeriesPoint> series;
  };

  void end_second(Part& part, std::uint32_t second) const;
  void coarsen();
  static GroupSummary group_summary(const Part& part);

  std::vector<Part> parts_;
  Part total_;
  std::uint32_t second_ = 0;
  std::uint32_t step_ = 1;  ///< seconds in a point of the series
  Live rates_;
};

}  // namespace rtctl::metrics
