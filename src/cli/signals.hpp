// Ctrl-C and SIGTERM: the first asks a command to finish in order, the second leaves at once.
#pragma once

#include <csignal>
#include <functional>
#include <memory>

#include "base/asio_loop.hpp"
#include "cli/exit_code.hpp"

namespace rtctl::cli {

/// While it lives, `on_first` is called on the loop with SIGINT or SIGTERM when the first one
/// arrives; a second one ends the process at once with the exit code of that signal. `on_second` is
/// for what must not outlive it.
class Signals {
 public:
  virtual ~Signals() = default;
};

std::unique_ptr<Signals> watch_signals(
    AsioLoop& loop, std::function<void(int signal)> on_first,
    std::function<void()> on_second = [] {});

/// From now on SIGINT and SIGTERM end the process at once, with the exit code of that signal. For
/// the end of a command, when the loop that watched them has stopped.
void leave_at_next_signal();

/// 130 for SIGINT, 143 for SIGTERM.
inline ExitCode exit_code_of_signal(int signal) {
  return signal == SIGINT ? exit_sigint : exit_sigterm;
}

}  // namespace rtctl::cli
