#include "base/poller.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <cstring>
#include <span>

namespace rtctl {
namespace {

constexpr int kBatch =
    512;  // events taken from the kernel at once (guess: one page of epoll_event)
// Then timers and other work of the loop get their turn: an overloaded program still ends on time.
constexpr auto kTurnMax = std::chrono::milliseconds(5);
constexpr int kEventsPerLook = 16;  // at the clock

std::string system_message(const char* what) {
  return std::string(what) + ": " + std::strerror(errno);
}

class PollerImpl final : public Poller {
 public:
  PollerImpl(AsioLoop& loop, int fd) : loop_(loop), descriptor_(loop.context(), fd) { wait(); }
  PollerImpl(const PollerImpl&) = delete;
  PollerImpl& operator=(const PollerImpl&) = delete;
  ~PollerImpl() override { *self_ = nullptr; }

  Result<void> add(int fd, std::uint32_t events, Watcher& watcher) override {
    return control(EPOLL_CTL_ADD, fd, events, watcher);
  }

  Result<void> modify(int fd, std::uint32_t events, Watcher& watcher) override {
    return control(EPOLL_CTL_MOD, fd, events, watcher);
  }

  void remove(int fd, Watcher& watcher) override {
    epoll_ctl(descriptor_.native_handle(), EPOLL_CTL_DEL, fd, nullptr);
    for (epoll_event& event : pending_) {
      if (event.data.ptr == &watcher) event.data.ptr = nullptr;
    }
  }

 private:
  Result<void> control(int operation, int fd, std::uint32_t events, Watcher& watcher) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = &watcher;
    if (epoll_ctl(descriptor_.native_handle(), operation, fd, &event) == 0) return {};
    return fail(ErrorKind::system, system_message("cannot watch a socket"));
  }

  void wait() {
    descriptor_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                           [this](const boost::system::error_code& error) {
                             if (!error) run_turn();
                           });
  }

  void run_turn() {
    const TimePoint end = loop_.now() + kTurnMax;
    bool may_have_more = true;
    for (int told = 1; !pending_.empty() || may_have_more; ++told) {
      if (pending_.empty()) may_have_more = take_events() == kBatch;
      tell_next();
      if (told % kEventsPerLook == 0 && loop_.now() >= end) return go_on_soon();
    }
    wait();
  }

  /// What the kernel has reported is not reported again, so the rest is kept.
  void go_on_soon() {
    loop_.post([self = self_] {
      if (*self != nullptr) (*self)->run_turn();
    });
  }

  int take_events() {
    const int ready =
        std::max(0, epoll_wait(descriptor_.native_handle(), events_.data(), kBatch, 0));
    pending_ = std::span(events_.data(), static_cast<std::size_t>(ready));
    return ready;
  }

  void tell_next() {
    if (pending_.empty()) return;
    const epoll_event event = pending_.front();
    pending_ = pending_.subspan(1);
    if (event.data.ptr != nullptr) static_cast<Watcher*>(event.data.ptr)->on_ready(event.events);
  }

  Loop& loop_;
  boost::asio::posix::stream_descriptor descriptor_;
  std::array<epoll_event, kBatch> events_;
  std::span<epoll_event> pending_;      // reported by the kernel, not yet told to the watchers
  std::shared_ptr<PollerImpl*> self_ =  // shared with tasks on the loop, which may outlive this
      std::make_shared<PollerImpl*>(this);
};

}  // namespace

Result<std::unique_ptr<Poller>> make_poller(AsioLoop& loop) {
  const int fd = epoll_create1(EPOLL_CLOEXEC);
  if (fd < 0) return fail(ErrorKind::system, system_message("cannot create an epoll descriptor"));
  return std::make_unique<PollerImpl>(loop, fd);
}

}  // namespace rtctl
