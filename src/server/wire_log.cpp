#include "server/wire_log.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <string>

#include "base/check.hpp"

namespace rtctl::server {
namespace {

constexpr std::uint64_t kReleaseFrom = 64 << 10;  // bytes; a busy view is not worth it (guess)

/// Maps the same memory twice, one copy behind the other; nullptr with errno set when it fails.
char* map_twice(int fd, std::uint64_t capacity) {
  void* area = mmap(nullptr, 2 * capacity, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (area == MAP_FAILED) return nullptr;
  char* base = static_cast<char*>(area);
  for (char* half : {base, base + capacity}) {
    if (mmap(half, capacity, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED) {
      munmap(area, 2 * capacity);
      return nullptr;
    }
  }
  return base;
}

}  // namespace

Result<std::unique_ptr<WireLog>> WireLog::make(std::uint64_t capacity_min) {
  const std::uint64_t capacity = std::bit_ceil(std::max<std::uint64_t>(capacity_min, 4096));
  const int fd = memfd_create("rtctl-wire", MFD_CLOEXEC);
  char* base = nullptr;
  if (fd >= 0 && ftruncate(fd, static_cast<off_t>(capacity)) == 0) base = map_twice(fd, capacity);
  const int error = errno;
  if (fd >= 0) close(fd);
  if (base == nullptr)
    return fail(ErrorKind::system, std::string("no memory for a view: ") + std::strerror(error));
  return std::unique_ptr<WireLog>(new WireLog(base, capacity));
}

WireLog::~WireLog() {
  munmap(base_, 2 * capacity_);
}

void WireLog::append(std::string_view bytes, std::uint64_t frames) {
  RTCTL_CHECK(bytes.size() <= capacity_);
  std::ranges::copy(bytes, base_ + (head_ & (capacity_ - 1)));
  head_ += bytes.size();
  frames_ += frames;
  marks_.push_back({head_, frames_});
  while (marks_.size() > 1 && marks_[1].end <= tail())
    marks_.pop_front();
}

void WireLog::release() {
  if (head_ - released_ < kReleaseFrom) return;
  // A failure costs memory and nothing else.
  (void)madvise(base_, capacity_, MADV_REMOVE);
  released_ = head_;
  if (!marks_.empty()) marks_.erase(marks_.begin(), std::prev(marks_.end()));
}

std::uint64_t WireLog::frames_until(std::uint64_t position) const {
  if (position >= head_) return frames_;
  const auto after = std::ranges::upper_bound(marks_, position, {}, &Mark::end);
  if (after != marks_.begin()) return std::prev(after)->frames;
  return 0;  // only before the first append
}

}  // namespace rtctl::server
