#include "server/drain.hpp"

namespace rtctl::server {
namespace {

constexpr Duration kAskAgain = std::chrono::milliseconds(20);

}  // namespace

void Drain::begin(Duration within) {
  for (const auto& worker : workers_)
    worker->loop().post([&worker] { worker->drain(); });
  end_ = main_loop_.after(within, [this] { over_(); });
  // Not at once: who was connected before, but not accepted yet, has something under way too.
  ask_again_ = main_loop_.after(kAskAgain, [this] { ask_all(); });
}

void Drain::cancel() {
  ask_again_.cancel();
  end_.cancel();
}

/// Asks every loop whether it still has something under way, and again until none has.
void Drain::ask_all() {
  answers_ = 0;
  are_done_ = true;
  for (const auto& worker : workers_) {
    worker->loop().post([this, &worker] {
      main_loop_.post([this, is_done = worker->is_done()] {
        are_done_ = are_done_ && is_done;
        if (++answers_ < workers_.size()) return;
        if (are_done_) return over_();
        ask_again_ = main_loop_.after(kAskAgain, [this] { ask_all(); });
      });
    });
  }
}

}  // namespace rtctl::server
