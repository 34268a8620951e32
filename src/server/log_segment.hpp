// One mapped file of events: records appended one after the other, found again after a kill -9.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "rtctl/result.hpp"
#include "server/event.hpp"

namespace rtctl::server {

/// The file is a page with magic and next id, then records {length, CRC, id, lengths, payload},
/// each 8-byte aligned. A record's payload is written first and its length last, so that a process
/// killed in between leaves a record that is not there. What the kernel was told survives a kill
/// -9; after a power failure the scan stops at the first record that does not check. Belongs to one
/// loop.
class LogSegment {
 public:
  /// Opens (creating it) the file at `path`, or anonymous memory when `path` is empty. `bytes_max`
  /// bounds what may be appended; a longer file from an earlier run is still read.
  static Result<LogSegment> open(const std::string& path, std::uint64_t bytes_max);

  LogSegment(LogSegment&& other) noexcept;
  LogSegment& operator=(LogSegment&& other) = delete;
  ~LogSegment();

  bool empty() const { return offsets_.empty(); }
  std::uint64_t first_id() const { return first_id_; }  ///< of the oldest record, if any
  std::uint64_t end_id() const { return first_id_ + offsets_.size(); }  ///< one past the newest
  std::size_t size() const { return offsets_.size(); }

  /// The id after the last that was ever given out, as far as this file knows; 0: knows nothing.
  std::uint64_t next_id() const;

  /// Whether a record of this payload would still be within `bytes_max`.
  bool fits(const EventView& event) const;

  /// Whether it would be if the segment were empty.
  bool could_fit(const EventView& event) const;

  /// Appends the next record; `event.id` must be `end_id()`, or anything when empty. Space is
  /// reserved first, so a full disk is an error (and nothing appended), not a signal.
  Result<void> append(const EventView& event);

  /// first_id() <= id < end_id(). The views live until `clear`.
  EventView read(std::uint64_t id) const;

  /// Forgets all records and gives their space back; remembers `next_id`.
  Result<void> clear(std::uint64_t next_id);

 private:
  LogSegment(int fd, char* base, std::uint64_t mapped, std::uint64_t bytes_max);

  void recover(std::uint64_t file_size);
  bool record_at(std::uint64_t offset, std::uint64_t limit) const;
  Result<void> reserve(std::uint64_t end);

  int fd_;
  char* base_;
  std::uint64_t mapped_;
  std::uint64_t bytes_max_;
  std::uint64_t reserved_ = 0;  // bytes of the file that may be touched
  std::uint64_t end_ = 0;       // where the next record goes
  std::uint64_t first_id_ = 0;
  std::vector<std::uint64_t> offsets_;
};

}  // namespace rtctl::server
