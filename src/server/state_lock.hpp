// Keeps a second server away from the files of a first.
#pragma once

#include <string>

#include "rtctl/result.hpp"

namespace rtctl::server {

/// An flock on `DIRECTORY/lock`; the kernel releases it when the process ends, however it ends.
class StateLock {
 public:
  /// A lock that another process holds is a usage error that names it.
  static Result<StateLock> take(const std::string& directory);

  StateLock(StateLock&& other) noexcept;
  StateLock& operator=(StateLock&&) = delete;
  ~StateLock();

  /// Writes down who holds the lock, for the error message of the next one.
  void note_holder(const std::string& urls) const;

 private:
  explicit StateLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace rtctl::server
