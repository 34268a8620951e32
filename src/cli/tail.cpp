// rtctl tail: follow one SSE stream.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/units.hpp"
#include "cli/client_session.hpp"
#include "cli/command.hpp"
#include "cli/event_format.hpp"
#include "cli/http_options.hpp"
#include "cli/stream_stats.hpp"
#include "cli/tail_memory.hpp"
#include "cli/terminal.hpp"
#include "cli/values.hpp"
#include "client/stream.hpp"

namespace rtctl::cli {
namespace {

struct TailFlags {
  HttpFlags http;
  std::optional<std::uint64_t> events_max;
  std::vector<std::string> types;
  std::optional<std::string> last_event_id;
  std::string resume;
  std::optional<std::string> until;
  EventStyle style;
  bool has_format = false;
  bool strict = false;
  std::uint64_t event_bytes_max = std::uint64_t{64} << 20;
};

/// The printer at the end of one stream.
class Tail final : client::StreamObserver {
 public:
  Tail(const TailFlags& flags, ClientSession& session, const client::StreamOptions& options)
      : flags_(&flags),
        session_(&session),
        url_(options.request.url),
        stream_(session.environment(), options, *this) {
    if (!flags.resume.empty()) session.on_written = [this] { save(); };
    session.on_full = [this](bool is_full) { is_full ? stream_.pause() : stream_.resume(); };
    session.on_end = [this] { stream_.stop(); };
  }

  int run(const std::string& last_event_id) {
    stream_.set_last_event_id(last_event_id);
    saved_id_ = last_event_id;
    stats_.on_start(session_->loop().now());
    stream_.start();
    const int code =
        session_->run([this] { return is_satisfied_by_time() ? exit_ok : exit_timeout; });
    if (flags_->http.stats) fmt::print(stderr, "{}", stats_.text(session_->loop().now()));
    return code;
  }

 private:
  bool is_satisfied_by_time() const { return !flags_->events_max && !flags_->until; }

  void on_event(const sse::Event& event, TimePoint received_at) override {
    stats_.on_event(received_at);
    if (is_wanted(event)) print(event, received_at);
    if (!flags_->resume.empty()) remember(event);
    const bool is_enough = flags_->events_max && printed_ >= *flags_->events_max;
    if (is_enough || (flags_->until && event.data == *flags_->until)) {
      stream_.stop();
      session_->end(exit_ok);
    }
  }

  bool is_wanted(const sse::Event& event) const {
    return flags_->types.empty() ||
           std::ranges::find(flags_->types, event.type) != flags_->types.end();
  }

  void print(const sse::Event& event, TimePoint received_at) {
    const Duration ago = session_->loop().now() - received_at;
    const WallTime at =
        session_->loop().wall_now() - std::chrono::floor<std::chrono::microseconds>(ago);
    if (!append_event(event, at, flags_->style, session_->output().text())) return;
    ++printed_;
    session_->output().commit();
  }

  void remember(const sse::Event& event) {
    last_event_ = LastEvent{std::string(event.type), std::string(event.data),
                            std::string(event.last_event_id)};
    is_unsaved_ = true;
  }

  /// Once what was printed is written: a crash before repeats events, and never loses any.
  void save() {
    if (!is_unsaved_ && stream_.last_event_id() == saved_id_) return;
    is_unsaved_ = false;
    saved_id_ = stream_.last_event_id();
    const auto saved = save_tail_memory(flags_->resume, saved_id_, last_event_);
    if (!saved) session_->fail(saved.error().message);
  }

  void on_comment(std::string_view text, TimePoint) override {
    stats_.on_comment();
    session_->note(fmt::format(": {}", text));
  }
  void on_retry(Duration retry) override {
    session_->note(fmt::format("retry: {}", format_duration(retry)));
  }
  void on_bytes(std::size_t count, TimePoint) override {
    stats_.on_bytes(count);
    if (!flags_->resume.empty()) session_->output().commit();  // ids may move without an event
  }

  void on_state(client::StreamState state, TimePoint) override {
    if (state == client::StreamState::connecting && flags_->http.verbose)
      session_->note(fmt::format("connecting to {}", url_));
    if (state == client::StreamState::stale) session_->note("stale: nothing received for a while");
  }

  void on_open(const net::ResponseHead& head, TimePoint attempt_started) override {
    stats_.on_open(head, attempt_started, session_->loop().now());
    session_->note(fmt::format("open: HTTP/{} {} after {}", head.version, head.status,
                               format_latency(head.timing.first_byte - attempt_started)));
    if (!flags_->http.verbose) return;
    for (const net::Header& header : head.headers)
      session_->note(fmt::format("< {}: {}", header.name, header.value));
  }

  void on_loss(const client::Loss& loss) override {
    stats_.on_loss(loss);
    if (!loss.wait) return;
    session_->note(fmt::format("{}: {}; again in {}", loss.was_open ? "lost" : "failed",
                               loss.detail, format_wait(*loss.wait)));
  }

  void on_closed(const client::Closing& closing) override {
    using client::CloseReason;
    const bool is_in_order =
        closing.reason == CloseReason::no_content ||
        (closing.reason == CloseReason::ended && closing.failure == client::Failure::none);
    if (!is_in_order) {
      const bool is_used_up = closing.reason == CloseReason::retries_used;
      return session_->end(exit_target,
                           fmt::format("{}: {}{}", url_, closing.detail,
                                       is_used_up ? ", and all retries are used up" : ""));
    }
    if (!flags_->events_max || printed_ >= *flags_->events_max) return session_->end(exit_ok);
    session_->end(exit_target, fmt::format("the stream ended after {} of {} events ({})", printed_,
                                           *flags_->events_max, closing.detail));
  }

  const TailFlags* flags_;
  ClientSession* session_;
  std::string url_;  // without credentials
  client::Stream stream_;
  StreamStats stats_;
  std::optional<LastEvent> last_event_;
  std::string saved_id_;
  bool is_unsaved_ = false;
  std::uint64_t printed_ = 0;
};

void add_tail_flags(CLI::App& command, TailFlags& flags) {
  static const std::map<std::string, EventFormat> kFormats{{"pretty", EventFormat::pretty},
                                                           {"data", EventFormat::data},
                                                           {"jsonl", EventFormat::jsonl},
                                                           {"sse", EventFormat::sse}};
  const char* const kGroup = "Events";
  add_count(command, "-n,--max-events", flags.events_max, "End after this many printed events")
      ->group(kGroup);
  command.add_option("-e,--event", flags.types, "Print only events of this name (repeatable)")
      ->type_name("NAME")
      ->allow_extra_args(false)
      ->group(kGroup);
  command.add_option("--last-event-id", flags.last_event_id, "Go on after the event of this id")
      ->type_name("ID")
      ->group(kGroup);
  command.add_option("--resume", flags.resume, "Keep the last id here, and go on from it")
      ->type_name("FILE")
      ->group(kGroup);
  command.add_option("--until", flags.until, "End when an event's data equals this text")
      ->type_name("TEXT")
      ->group(kGroup);
  CLI::Option* select =
      command
          .add_option("--select", flags.style.select, "Print this value of the data (JSON) only")
          ->type_name("POINTER")
          ->group(kGroup);
  command.add_flag("--raw", flags.style.raw, "No newline after each selected value")
      ->needs(select)
      ->group(kGroup);
  command
      .add_option_function<std::string>(
          "--format",
          [&flags](const std::string& name) {
            flags.style.format = kFormats.at(name);
            flags.has_format = true;
          },
          "Default: pretty on a terminal, jsonl otherwise")
      ->check(CLI::IsMember({"pretty", "data", "jsonl", "sse"}))
      ->group(kGroup);
  command.add_flag("--timestamps", flags.style.timestamps, "Print when each event was received")
      ->group(kGroup);
  command.add_flag("--strict", flags.strict, "Behave as a browser's EventSource")->group(kGroup);
  add_size(command, "--max-event-size", flags.event_bytes_max, "Fail when one event is larger")
      ->group(kGroup);
}

client::StreamOptions stream_options(const TailFlags& flags, net::Request request) {
  client::StreamOptions options;
  options.request = std::move(request);
  options.channel = channel_of(flags.http);
  options.backoff = flags.http.backoff;
  options.idle_timeout = flags.http.idle_timeout;
  options.max_retries = flags.http.max_retries;
  options.reconnect = !flags.http.no_reconnect;
  options.strict = flags.strict;
  options.event_bytes_max = flags.event_bytes_max;
  return options;
}

Result<std::string> first_event_id(const TailFlags& flags) {
  if (flags.last_event_id &&
      flags.last_event_id->find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos)
    return usage_error("--last-event-id must hold no line end and no NUL");
  if (flags.last_event_id || flags.resume.empty()) return flags.last_event_id.value_or("");
  return load_tail_memory(flags.resume);
}

int run_tail(TailFlags& flags, const CommonOptions& common) {
  auto request = request_of(flags.http);
  if (!request) return print_error(request.error());
  const auto id = first_event_id(flags);
  if (!id) return print_error(id.error());
  if (flags.style.select) {
    const auto checked = check_pointer(*flags.style.select);
    if (!checked) return print_error(checked.error());
  }
  if (!flags.has_format)
    flags.style.format = is_terminal(Stream::out) ? EventFormat::pretty : EventFormat::jsonl;
  flags.style.color = has_color(common.color, Stream::out);
  const client::StreamOptions options = stream_options(flags, std::move(*request));
  ClientSession session(flags.http, common);
  return Tail(flags, session, options).run(*id);
}

}  // namespace

void setup_tail(CLI::App& app, CommonOptions& common, std::function<int()>& chosen) {
  CLI::App* command = app.add_subcommand("tail", "Follow an SSE stream");
  command->footer(
      "  rtctl tail -n 5 http://127.0.0.1:8080/api/events\n"
      "  rtctl tail --until '[DONE]' --select /choices/0/delta/content --raw -d @prompt.json URL");
  auto flags = std::make_shared<TailFlags>();  // lives as long as the callbacks that fill it
  add_tail_flags(*command, *flags);
  add_http_flags(*command, flags->http);
  command->callback([&common, &chosen, flags] {
    chosen = [&common, flags] { return run_tail(*flags, common); };
  });
}

}  // namespace rtctl::cli
