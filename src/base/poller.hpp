// Readiness of many descriptors at a few bytes each: an epoll of its own, nested in the loop's.
// Asio keeps some 450 bytes per armed descriptor; ten thousand idle streams do not want that.
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <memory>

#include "base/asio_loop.hpp"
#include "rtctl/result.hpp"

namespace rtctl {

/// Told when its descriptor is ready. The Poller keeps a pointer to it, so it must not move.
class Watcher {
 public:
  /// `events` are epoll's (EPOLLIN, EPOLLOUT, EPOLLRDHUP, EPOLLHUP, EPOLLERR). May add and remove
  /// any descriptor of the same Poller, its own included.
  virtual void on_ready(std::uint32_t events) = 0;

 protected:
  ~Watcher() = default;
};

/// Belongs to one loop. Descriptors stay the caller's: remove before close. Level-triggered unless
/// EPOLLET is among the events.
class Poller {
 public:
  virtual ~Poller() = default;

  virtual Result<void> add(int fd, std::uint32_t events, Watcher& watcher) = 0;
  virtual Result<void> modify(int fd, std::uint32_t events, Watcher& watcher) = 0;

  /// Afterwards the watcher is not called any more, not even for what the kernel reported before.
  virtual void remove(int fd, Watcher& watcher) = 0;
};

Result<std::unique_ptr<Poller>> make_poller(AsioLoop& loop);

}  // namespace rtctl
