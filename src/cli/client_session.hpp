// What tail, poll, chat and feed have in common around their client: the loop, the transport,
// standard output, signals, the time limit, and how it all ends.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/asio_loop.hpp"
#include "cli/command.hpp"
#include "cli/http_options.hpp"
#include "cli/output.hpp"
#include "cli/signals.hpp"
#include "client/environment.hpp"

namespace rtctl::cli {

/// One per command. The command makes its client with `environment`, calls `run`, and says from
/// within callbacks how it ends.
class ClientSession final : OutputOwner {
 public:
  ClientSession(const HttpFlags& flags, const CommonOptions& common);
  ~ClientSession();

  AsioLoop& loop() { return *loop_; }
  const client::Environment& environment() const { return environment_; }
  Output& output() { return output_; }

  /// Ends the run after the callback at hand; the first call decides. A message is printed last, on
  /// stderr, also with --quiet.
  void end(int exit_code, std::string message = {});
  bool is_ended() const { return exit_code_.has_value(); }

  /// Ends the run with exit code 5, also when it was about to end otherwise: what the user relies
  /// on (output, a file to resume from) is not complete.
  void fail(std::string message);

  /// One short line on stderr, none with --quiet. Control characters of `text` are made harmless.
  void note(std::string_view text);

  /// Runs until `end`, Ctrl-C, SIGTERM, the time limit or a closed standard output; then writes
  /// what is left. Returns the exit code. When the time is over, `on_timeout` says how that counts.
  int run(const std::function<int()>& on_timeout);

  /// What a slow reader of standard output asks for: stop (true), go on (false).
  std::function<void(bool)> on_full;
  /// All that was committed to the output has been written.
  std::function<void()> on_written;
  /// Before the last of the output is written: no more callbacks from the client.
  std::function<void()> on_end;

 private:
  void on_output_closed() override;
  void on_output_failed(const std::string& message) override;
  void on_output_full(bool is_full) override;
  void on_output_written() override;

  const HttpFlags* flags_;
  bool color_;
  std::unique_ptr<AsioLoop> loop_;
  std::unique_ptr<net::Transport> transport_;
  Random random_;
  client::Environment environment_;
  Output output_;
  std::unique_ptr<Signals> signals_;
  std::optional<int> exit_code_;
  std::string message_;
};

}  // namespace rtctl::cli
