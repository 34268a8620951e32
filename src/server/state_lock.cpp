#include "server/state_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace rtctl::server {
namespace {

std::string holder_of(int fd) {
  char text[512];
  const ssize_t count = pread(fd, text, sizeof text, 0);
  return count > 0 ? std::string(text, static_cast<std::size_t>(count)) : "another process";
}

}  // namespace

Result<StateLock> StateLock::take(const std::string& directory) {
  const std::string path = directory + "/lock";
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return fail(ErrorKind::system, "cannot open " + path + ": " + std::strerror(errno));
  StateLock lock(fd);
  if (flock(fd, LOCK_EX | LOCK_NB) != 0)
    return usage_error("the event log in " + directory + " is in use by " + holder_of(fd));
  lock.note_holder("starting");
  return lock;
}

StateLock::StateLock(StateLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

StateLock::~StateLock() {
  if (fd_ >= 0) close(fd_);
}

void StateLock::note_holder(const std::string& urls) const {
  const std::string text = "rtctl serve, process " + std::to_string(getpid()) + " (" + urls + ")";
  const bool written = ftruncate(fd_, 0) == 0 && pwrite(fd_, text.data(), text.size(), 0) ==
                                                     static_cast<ssize_t>(text.size());
  (void)written;  // it only makes a message better
}

}  // namespace rtctl::server
