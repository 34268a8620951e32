#include "net/curl_sockets.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include "net/curl_multi.hpp"

namespace rtctl::net {
namespace {

std::uint32_t epoll_events(int what) {
  switch (what) {
    case CURL_POLL_IN:
      return EPOLLIN;
    case CURL_POLL_OUT:
      return EPOLLOUT;
    case CURL_POLL_INOUT:
      return EPOLLIN | EPOLLOUT;
    default:
      return 0;
  }
}

int select_mask(std::uint32_t events) {
  int mask = 0;
  if ((events & (EPOLLIN | EPOLLHUP)) != 0) mask |= CURL_CSELECT_IN;
  if ((events & EPOLLOUT) != 0) mask |= CURL_CSELECT_OUT;
  if ((events & EPOLLERR) != 0) mask |= CURL_CSELECT_ERR;
  return mask;
}

}  // namespace

class CurlSockets::Socket final : public Watcher {
 public:
  Socket(Poller& poller, curl_socket_t fd, bool opened_here)
      : poller_(poller), fd_(fd), opened_here_(opened_here) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() { watch(0); }

  /// Sockets that libcurl opened without asking (its resolver's) are closed without telling, too.
  bool opened_here() const { return opened_here_; }

  bool want(CurlMulti& multi, std::uint32_t events) {
    multi_ = &multi;
    wanted_ = events;
    return (watched_ & wanted_) == wanted_ || watch(wanted_);
  }

  void on_ready(std::uint32_t events) override {
    const bool is_wanted = (events & (wanted_ | EPOLLERR | EPOLLHUP)) != 0 && wanted_ != 0;
    if ((events & watched_ & ~wanted_) != 0 || !is_wanted) watch(wanted_);
    if (is_wanted) multi_->perform(fd_, select_mask(events));  // may destroy this
  }

 private:
  bool watch(std::uint32_t events) {
    if (events == watched_) return true;
    bool done = true;
    if (events == 0)
      poller_.remove(fd_, *this);
    else if (watched_ == 0)
      done = poller_.add(fd_, events, *this).has_value();
    else
      done = poller_.modify(fd_, events, *this).has_value();
    if (done) watched_ = events;
    return done;
  }

  Poller& poller_;
  const curl_socket_t fd_;
  const bool opened_here_;
  CurlMulti* multi_ = nullptr;
  std::uint32_t wanted_ = 0;
  std::uint32_t watched_ = 0;
};

CurlSockets::CurlSockets(AsioLoop& loop) {
  if (auto poller = make_poller(loop)) poller_ = std::move(*poller);
}

CurlSockets::~CurlSockets() = default;

bool CurlSockets::want(CurlMulti& multi, curl_socket_t fd, int what) {
  if (poller_ == nullptr) return false;
  auto& socket = sockets_[fd];
  if (socket == nullptr) socket = std::make_unique<Socket>(*poller_, fd, false);
  const bool done = socket->want(multi, epoll_events(what));
  if (what == CURL_POLL_REMOVE && !socket->opened_here()) sockets_.erase(fd);
  return done;
}

curl_socket_t CurlSockets::open(void* self, curlsocktype, curl_sockaddr* address) {
  auto& sockets = *static_cast<CurlSockets*>(self);
  const int fd = ::socket(address->family, address->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
                          address->protocol);
  if (fd < 0 || sockets.poller_ == nullptr) return fd < 0 ? CURL_SOCKET_BAD : fd;
  sockets.sockets_[fd] = std::make_unique<Socket>(*sockets.poller_, fd, true);
  return fd;
}

int CurlSockets::close(void* self, curl_socket_t fd) {
  static_cast<CurlSockets*>(self)->sockets_.erase(fd);
  return ::close(fd);
}

}  // namespace rtctl::net
