// rtctl chat: talk on a polled chat.
#include "client/chat.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/units.hpp"
#include "cli/client_session.hpp"
#include "cli/command.hpp"
#include "cli/failure_text.hpp"
#include "cli/http_options.hpp"
#include "cli/json_text.hpp"
#include "cli/line_input.hpp"
#include "cli/pace.hpp"
#include "cli/request_stats.hpp"
#include "cli/terminal.hpp"
#include "cli/values.hpp"

namespace rtctl::cli {
namespace {

constexpr Duration kPollSpacing = std::chrono::milliseconds(10);  // whatever the server does
constexpr std::size_t kUnsentPause = 1000;  // lines of a pipe read ahead of the sending

struct ChatFlags {
  HttpFlags http;
  std::string name;
  Duration interval = std::chrono::seconds(1);
  Duration wait = std::chrono::seconds(25);
  std::vector<std::string> sends;
  std::optional<std::uint64_t> messages_max;
  std::string format;
};

class Chat final : client::ChatObserver, LineInputOwner {
 public:
  Chat(const ChatFlags& flags, ClientSession& session, const client::ChatOptions& options,
       bool has_color)
      : flags_(&flags),
        session_(&session),
        url_(options.request.url),
        has_color_(has_color),
        client_(session.environment(), options, *this),
        pace_(pace_of(flags.http, flags.interval), session.loop().now()) {
    session.on_end = [this] {
      client_.cancel();
      input_.reset();
    };
  }

  int run() {
    for (const std::string& text : flags_->sends)
      if (!client_.say(text)) session_->fail("too many --send");
    // With --send it is a script's; else what is typed or piped is sent.
    is_script_ = !flags_->sends.empty();
    is_input_over_ = is_script_;
    if (!is_script_)
      input_.emplace(session_->loop(), session_->output(), static_cast<LineInputOwner&>(*this));
    poll();
    const int code = session_->run([this] { return is_complete() ? exit_ok : exit_timeout; });
    if (code != exit_ok && client_.unsent() > 0)
      fmt::print(stderr, "rtctl: not sent: {} of the lines\n", client_.unsent());
    if (flags_->http.stats) fmt::print(stderr, "{}", stats_.text());
    return code;
  }

 private:
  bool has_all() const { return flags_->messages_max && received_ >= *flags_->messages_max; }

  bool is_complete() const { return client_.unsent() == 0 && (!flags_->messages_max || has_all()); }

  void poll() {
    poll_started_ = session_->loop().now();
    client_.poll();
  }

  void on_message(const client::ChatMessage& message, TimePoint) override {
    if (session_->is_ended() || has_all()) return;
    ++received_;
    print(flags_->format == "jsonl" ? json_line(message) : text_line(message));
    end_when_complete();
  }

  std::string text_line(const client::ChatMessage& message) const {
    const std::string from = harmless_line(message.from);
    std::string text = has_color_ ? "\x1b[1m" + from + "\x1b[0m: " : from + ": ";
    for (const char c : harmless(message.content)) {
      text += c;
      if (c == '\n') text += "  ";
    }
    return text + '\n';
  }

  static std::string json_line(const client::ChatMessage& message) {
    std::string line = R"({"id":)";
    append_json_string(message.id, line);
    line += R"(,"from":)";
    append_json_string(message.from, line);
    line += R"(,"content":)";
    append_json_string(message.content, line);
    line += R"(,"timestamp":)";
    append_json_string(message.timestamp, line);
    return line + "}\n";
  }

  void print(const std::string& line) {
    input_ ? input_->print(line) : session_->output().write(line);
  }

  /// On a terminal notes must not run into the line being typed.
  void note(const std::string& text) {
    if (input_ && input_->is_editing() && is_terminal(Stream::error)) {
      if (!flags_->http.quiet) input_->print("* " + harmless_line(text) + '\n');
    } else {
      session_->note(text);
    }
  }

  void on_polled(const client::ChatResult& result) override {
    stats_.on_response(result.response, result.failure);
    if (session_->is_ended()) return;
    if (result.failure != client::Failure::none) return on_poll_failure(result);
    if (is_lost_) note("connected again");
    is_lost_ = false;
    if (result.dropped > 0) note(fmt::format("the server had to drop {} messages", result.dropped));
    const TimePoint now = session_->loop().now();
    const TimePoint scheduled = pace_.after_success(now, session_->environment().random);
    // A server that holds the answer is asked again at once; one that does not, on the schedule.
    const bool is_held =
        flags_->wait > Duration::zero() &&
        (result.messages > 0 || is_first_ || now - poll_started_ >= flags_->wait / 2);
    is_first_ = false;
    again_at(is_held ? std::max(now, poll_started_ + kPollSpacing) : scheduled);
    end_when_complete();
  }

  void on_poll_failure(const client::ChatResult& result) {
    const std::string why = reason(result);
    std::optional<TimePoint> next;
    if (result.is_retryable)
      next = pace_.after_failure(session_->loop().now(), result.retry_after,
                                 session_->environment().random);
    if (!next) return session_->end(exit_target, fmt::format("{}: {}", url_, why));
    if (!is_lost_) note(fmt::format("connection lost: {}; trying again", why));
    is_lost_ = true;
    again_at(*next);
  }

  static std::string reason(const client::ChatResult& result) {
    return failure_text(result.response, result.failure, "chat");
  }

  void again_at(TimePoint when) {
    next_poll_ = session_->loop().at(when, [this] { poll(); });
  }

  void on_sent(const client::ChatResult& result) override {
    stats_.on_response(result.response, result.failure);
    const bool is_failure = result.failure != client::Failure::none;
    if (is_failure && result.is_retryable) return on_send_failure(result);
    send_failures_ = 0;
    if (is_failure) {
      note(fmt::format("refused ({}): {}", reason(result), result.text));
      was_refused_ = true;
    }
    if (input_ && client_.unsent() < kUnsentPause / 2) input_->resume();
    end_when_complete();
  }

  /// The client tries again by itself.
  void on_send_failure(const client::ChatResult& result) {
    const auto bearable = retries_of(flags_->http);
    if (bearable && ++send_failures_ > *bearable)
      return session_->end(exit_target, fmt::format("{}: {}", url_, reason(result)));
    if (flags_->http.verbose) note(fmt::format("not sent: {}; trying again", reason(result)));
  }

  void end_when_complete() {
    if (session_->is_ended() || !is_complete()) return;
    const bool is_enough = flags_->messages_max.has_value();
    const bool is_said = is_input_over_ && (is_script_ || has_said_);
    if (!is_enough && !is_said) return;
    if (!is_input_over_ && !is_enough) return;
    if (was_refused_) return session_->end(exit_target, "a message was refused");
    session_->end(exit_ok);
  }

  void on_line(std::string line) override {
    if (line.empty()) return;
    has_said_ = true;
    if (input_->is_editing()) print(own_line(line));
    if (!client_.say(std::move(line))) note("too many lines wait to be sent; this one is dropped");
    if (!input_->is_editing() && client_.unsent() >= kUnsentPause) input_->pause();
  }

  std::string own_line(const std::string& line) const {
    const std::string text = "> " + harmless_line(line, line.size()) + '\n';
    return has_color_ ? "\x1b[2m" + text + "\x1b[0m" : text;
  }

  void on_input_end() override {
    is_input_over_ = true;
    if (input_->is_editing()) has_said_ = true;  // Ctrl-D leaves
    end_when_complete();
  }

  const ChatFlags* flags_;
  ClientSession* session_;
  std::string url_;
  bool has_color_;
  client::ChatClient client_;
  Pace pace_;
  RequestStats stats_;
  std::optional<LineInput> input_;
  Timer next_poll_;
  TimePoint poll_started_;
  std::uint64_t received_ = 0;
  std::uint32_t send_failures_ = 0;  // in a row
  bool is_script_ = false;           // --send was given
  bool is_input_over_ = false;       // nothing more will be said
  bool has_said_ = false;
  bool was_refused_ = false;
  bool is_lost_ = false;
  bool is_first_ = true;
};

int run_chat(const ChatFlags& flags, const CommonOptions& common) {
  auto request = request_of(flags.http);
  if (!request) return print_error(request.error());
  client::ChatOptions options{.request = std::move(*request), .transfer = transfer_of(flags.http)};
  options.backoff = flags.http.backoff;
  options.wait = flags.wait;
  options.name = flags.name;
  ClientSession session(flags.http, common);
  return Chat(flags, session, options, has_color(common.color, Stream::out)).run();
}

void add_chat_flags(CLI::App& command, ChatFlags& flags) {
  const char* const kGroup = "Chat";
  command.add_option("--name", flags.name, "The name that others see")
      ->type_name("NAME")
      ->group(kGroup);
  add_duration(command, "--interval", flags.interval, "Time from poll to poll")->group(kGroup);
  add_duration(command, "--wait", flags.wait, "How long the server may hold a poll; 0 = not")
      ->group(kGroup);
  command.add_option("--send", flags.sends, "Send this, then end (repeatable)")
      ->type_name("TEXT")
      ->allow_extra_args(false)
      ->group(kGroup);
  add_count(command, "-n,--max-messages", flags.messages_max,
            "End after this many received messages")
      ->group(kGroup);
  command.add_option("--format", flags.format, "text or jsonl")
      ->check(CLI::IsMember({"text", "jsonl"}))
      ->default_str("text")
      ->group(kGroup);
}

}  // namespace

void setup_chat(CLI::App& app, CommonOptions& common, std::function<int()>& chosen) {
  CLI::App* command = app.add_subcommand("chat", "Talk on a polled chat");
  command->footer(
      "  rtctl chat --name ann 'http://127.0.0.1:8080/api/messages?room=tea'\n"
      "  rtctl chat --send 'deployed' http://127.0.0.1:8080/api/messages");
  auto flags = std::make_shared<ChatFlags>();  // lives as long as the callbacks that fill it
  add_chat_flags(*command, *flags);
  add_http_flags(*command, flags->http, RequestBody::commands);
  command->callback([&common, &chosen, flags] {
    chosen = [&common, flags] { return run_chat(*flags, common); };
  });
}

}  // namespace rtctl::cli
