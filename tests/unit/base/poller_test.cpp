#include "base/poller.hpp"

#include <doctest/doctest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <memory>
#include <vector>

using namespace rtctl;
using namespace std::chrono_literals;

namespace {

/// A descriptor that is ready from the start, and whose handling takes its time.
class Slow final : public Watcher {
 public:
  /// The loop stops when `left` descriptors have been told of.
  Slow(Loop& loop, Duration work, int& left) : loop_(loop), work_(work), left_(left) {}
  Slow(const Slow&) = delete;
  Slow& operator=(const Slow&) = delete;
  ~Slow() { ::close(fd); }

  void on_ready(std::uint32_t) override {
    if (--left_ == 0) loop_.stop();
    const TimePoint end = loop_.now() + work_;
    while (loop_.now() < end) {
    }
  }

  const int fd = ::eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC);

 private:
  Loop& loop_;
  Duration work_;
  int& left_;
};

struct Rig {
  std::unique_ptr<AsioLoop> loop = make_asio_loop();
  std::unique_ptr<Poller> poller = std::move(*make_poller(*loop));
  std::vector<std::unique_ptr<Slow>> watchers;
  int left;

  Rig(int count, Duration work) : left(count) {
    for (int i = 0; i < count; ++i) {
      auto& watcher = *watchers.emplace_back(std::make_unique<Slow>(*loop, work, left));
      REQUIRE(poller->add(watcher.fd, EPOLLIN | EPOLLET, watcher));
    }
  }
};

}  // namespace

TEST_CASE(
    "poller: each ready descriptor is told of once when edge-triggered, however many there are") {
  Rig rig(3000, 0ms);
  rig.loop->run();
  const Timer end = rig.loop->after(20ms, [&] { rig.loop->stop(); });
  rig.loop->run();
  CHECK(rig.left == 0);
}

TEST_CASE("poller: timers get their turn while descriptors have more than enough to do") {
  Rig rig(200, 2ms);
  int left_by_then = 0;
  const Timer early = rig.loop->after(1ms, [&] { left_by_then = rig.left; });
  rig.loop->run();  // ends when nothing was forgotten
  CHECK(left_by_then > 100);
}

TEST_CASE("poller: a watcher that was removed in between is not told") {
  Rig rig(40, 2ms);
  const Timer early = rig.loop->after(1ms, [&] {
    for (const auto& watcher : rig.watchers)
      rig.poller->remove(watcher->fd, *watcher);
  });
  const Timer end = rig.loop->after(100ms, [&] { rig.loop->stop(); });
  rig.loop->run();
  CHECK(rig.left > 0);
}
