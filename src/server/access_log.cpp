#include "server/access_log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <thread>

#include "base/asio_loop.hpp"

namespace rtctl::server {
namespace {

constexpr std::size_t kPendingMax = std::size_t{8} << 20;  // bytes on their way to the file (guess)

class AccessLogImpl final : public AccessLog {
 public:
  explicit AccessLogImpl(int fd) : fd_(fd), loop_(make_asio_loop()) {
    thread_ = std::thread([this] { loop_->run(); });
  }

  ~AccessLogImpl() override {
    loop_->post([this] { loop_->stop(); });
    thread_.join();
    if (fd_ != STDOUT_FILENO) close(fd_);
  }

  void write(std::string lines) override {
    if (pending_.load(std::memory_order_relaxed) > kPendingMax) return;
    pending_.fetch_add(lines.size(), std::memory_order_relaxed);
    loop_->post([this, text = std::move(lines)] {
      write_all(text);
      pending_.fetch_sub(text.size(), std::memory_order_relaxed);
    });
  }

 private:
  void write_all(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t count = ::write(fd_, text.data(), text.size());
      if (count < 0 && errno != EINTR) return;
      if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
    }
  }

  int fd_;
  std::unique_ptr<AsioLoop> loop_;
  std::atomic<std::size_t> pending_ = 0;  // only bounds the queue; orders nothing
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<AccessLog>> open_access_log(const std::string& path) {
  const int fd = path == "-" ? STDOUT_FILENO
                             : open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
  if (fd < 0)
    return usage_error("cannot write the access log " + path + ": " + std::strerror(errno));
  return std::make_unique<AccessLogImpl>(fd);
}

}  // namespace rtctl::server
