#include "server/access_log.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstring>
#include <thread>

#include "base/asio_loop.hpp"

namespace rtctl::server {
namespace {

constexpr std::size_t kPiece = PIPE_BUF;  // what a pipe with room takes without blocking (pipe(7))
constexpr int kLookMilliseconds = 100;
constexpr std::size_t kPendingMax = std::size_t{8} << 20;  // bytes on their way to the file (guess)

class AccessLogImpl final : public AccessLog {
 public:
  AccessLogImpl(int fd, prometheus::Counter& lines_dropped)
      : fd_(fd), lines_dropped_(lines_dropped), loop_(make_asio_loop()) {
    thread_ = std::thread([this] { loop_->run(); });
  }

  ~AccessLogImpl() override {
    is_stopping_.store(true, std::memory_order_relaxed);
    loop_->post([this] { loop_->stop(); });
    thread_.join();
    if (fd_ != STDOUT_FILENO) close(fd_);
  }

  void write(std::string lines) override {
    if (pending_.load(std::memory_order_relaxed) > kPendingMax) return drop(lines);
    pending_.fetch_add(lines.size(), std::memory_order_relaxed);
    loop_->post([this, text = std::move(lines)] {
      write_all(text);
      pending_.fetch_sub(text.size(), std::memory_order_relaxed);
    });
  }

 private:
  void write_all(std::string_view text) {
    while (!text.empty()) {
      if (!wait_for_room()) return drop(text);
      // Whole lines, so that none is cut in two when nobody reads on.
      const std::size_t end = text.substr(0, kPiece).rfind('\n');
      const std::size_t piece = end == std::string_view::npos ? kPiece : end + 1;
      const ssize_t count = ::write(fd_, text.data(), std::min(text.size(), piece));
      if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
      if (count < 0 && errno != EINTR && errno != EAGAIN) return drop(text);
    }
  }

  /// False when nobody takes anything and the server is about to go: a pipe whose reader has
  /// stopped must not keep it.
  bool wait_for_room() const {
    pollfd room{fd_, POLLOUT, 0};
    while (poll(&room, 1, kLookMilliseconds) == 0) {
      if (is_stopping_.load(std::memory_order_relaxed)) return false;
    }
    return true;
  }

  void drop(std::string_view lines) {
    lines_dropped_.Increment(static_cast<double>(std::ranges::count(lines, '\n')));
  }

  int fd_;
  prometheus::Counter& lines_dropped_;
  std::unique_ptr<AsioLoop> loop_;
  std::atomic<bool> is_stopping_ = false;
  std::atomic<std::size_t> pending_ = 0;  // only bounds the queue; orders nothing
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<AccessLog>> open_access_log(const std::string& path,
                                                   prometheus::Counter& lines_dropped) {
  const int fd = path == "-" ? STDOUT_FILENO
                             : open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
  if (fd < 0)
    return usage_error("cannot write the access log " + path + ": " + std::strerror(errno));
  return std::make_unique<AccessLogImpl>(fd, lines_dropped);
}

}  // namespace rtctl::server
