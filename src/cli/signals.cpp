#include "cli/signals.hpp"

#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <utility>

namespace rtctl::cli {
namespace {

class SignalsImpl final : public Signals {
 public:
  SignalsImpl(AsioLoop& loop, std::function<void(int)> on_first, std::function<void()> on_second)
      : signals_(loop.context(), SIGINT, SIGTERM),
        on_first_(std::move(on_first)),
        on_second_(std::move(on_second)) {
    wait();
  }

 private:
  void wait() {
    signals_.async_wait([this](const boost::system::error_code& error, int signal) {
      if (error) return;
      const auto first = std::exchange(on_first_, nullptr);
      if (!first) {
        on_second_();
        // _exit: destructors could wait for the very peer that the user has lost patience with.
        _exit(exit_code_of_signal(signal));
      }
      wait();
      first(signal);
    });
  }

  boost::asio::signal_set signals_;
  std::function<void(int)> on_first_;
  std::function<void()> on_second_;
};

extern "C" void leave(int signal) {
  _exit(exit_code_of_signal(signal));
}

}  // namespace

std::unique_ptr<Signals> watch_signals(AsioLoop& loop, std::function<void(int)> on_first,
                                       std::function<void()> on_second) {
  return std::make_unique<SignalsImpl>(loop, std::move(on_first), std::move(on_second));
}

void leave_at_next_signal() {
  for (const int number : {SIGINT, SIGTERM})
    std::signal(number, leave);
}

}  // namespace rtctl::cli
