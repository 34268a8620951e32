#include "cli/client_session.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "cli/terminal.hpp"
#include "net/curl_transport.hpp"

namespace rtctl::cli {

ClientSession::ClientSession(const HttpFlags& flags, const CommonOptions& common)
    : flags_(&flags),
      color_(has_color(common.color, Stream::error)),
      loop_(make_asio_loop()),
      transport_(net::make_curl_transport(*loop_)),
      random_(make_random(random_seed(), 0)),
      environment_{*loop_, *transport_, random_},
      output_(*loop_, *this) {
  signals_ = watch_signals(*loop_, [this](int signal) { end(exit_code_of_signal(signal)); });
}

ClientSession::~ClientSession() = default;

void ClientSession::end(int exit_code, std::string message) {
  if (exit_code_) return;
  exit_code_ = exit_code;
  message_ = std::move(message);
  loop_->stop();
}

void ClientSession::note(std::string_view text) {
  if (flags_->quiet) return;
  const std::string line = harmless_line(text);
  fmt::print(stderr, "{}{}{}\n", color_ ? "\x1b[2m" : "", line, color_ ? "\x1b[0m" : "");
}

int ClientSession::run(const std::function<int()>& on_timeout) {
  Timer limit;
  if (flags_->timeout) {
    limit = loop_->after(*flags_->timeout, [&] { end(on_timeout()); });
  }
  if (!exit_code_) loop_->run();
  // From here on a signal ends the process at once: somebody does not want to wait for the rest.
  signals_.reset();
  leave_at_next_signal();
  if (on_end) on_end();
  if (output_.finish()) on_output_written();
  if (!message_.empty()) fmt::print(stderr, "rtctl: {}\n", harmless_line(message_, 2000));
  return exit_code_.value_or(exit_internal);
}

void ClientSession::on_output_closed() {
  end(exit_ok);
}

void ClientSession::fail(std::string message) {
  exit_code_.reset();
  end(exit_internal, std::move(message));
}

void ClientSession::on_output_failed(const std::string& message) {
  fail(message);
}

void ClientSession::on_output_written() {
  if (on_written) on_written();
}

void ClientSession::on_output_full(bool is_full) {
  if (on_full) on_full(is_full);
}

}  // namespace rtctl::cli
