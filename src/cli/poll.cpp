// rtctl poll: ask a JSON endpoint again and again, show what changed.
#include "client/poll.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/units.hpp"
#include "cli/client_session.hpp"
#include "cli/command.hpp"
#include "cli/failure_text.hpp"
#include "cli/http_options.hpp"
#include "cli/memory_file.hpp"
#include "cli/pace.hpp"
#include "cli/request_stats.hpp"
#include "cli/terminal.hpp"
#include "cli/values.hpp"

namespace rtctl::cli {
namespace {

using Json = nlohmann::ordered_json;

struct PollFlags {
  HttpFlags http;
  Duration interval = std::chrono::seconds(5);
  double jitter = 0.1;
  std::optional<std::uint64_t> polls_max;
  std::string resume;
  std::string format;
  bool diff = false;
};

/// One poller and its printer.
class Poll final : client::PollObserver {
 public:
  Poll(const PollFlags& flags, ClientSession& session, const client::PollOptions& options,
       bool is_pretty)
      : flags_(&flags),
        session_(&session),
        url_(options.request.url),
        is_pretty_(is_pretty),
        client_(session.environment(), options, *this),
        pace_(pace_of(flags.http, flags.interval, flags.jitter), session.loop().now()) {
    client_.keep_body(true);
    if (!flags.resume.empty()) session.on_written = [this] { save(); };
    session.on_full = [this](bool is_full) { hold(is_full); };
    session.on_end = [this] { client_.cancel(); };
  }

  int run(client::PollMemory memory) {
    client_.set_memory(std::move(memory));
    client_.poll();
    const int code = session_->run([this] { return flags_->polls_max ? exit_timeout : exit_ok; });
    if (flags_->http.stats) fmt::print(stderr, "{}", stats_.text());
    return code;
  }

 private:
  void on_poll(const client::PollResult& result) override {
    stats_.on_response(result.response, result.failure);
    if (result.failure != client::Failure::none) return on_failure(result);
    if (flags_->http.verbose)
      session_->note(fmt::format("{} after {}", result.response.status,
                                 format_latency(result.response.ended - result.response.started)));
    if (!result.is_not_modified && !show(result)) return;
    is_unsaved_ = true;
    session_->output().commit();
    if (flags_->polls_max && ++polls_ >= *flags_->polls_max) return session_->end(exit_ok);
    again_at(pace_.after_success(session_->loop().now(), session_->environment().random));
  }

  void on_failure(const client::PollResult& result) {
    const std::string why = failure_text(result.response, result.failure);
    std::optional<TimePoint> next;
    if (result.is_retryable)
      next = pace_.after_failure(session_->loop().now(), result.retry_after,
                                 session_->environment().random);
    if (!next) return session_->end(exit_target, fmt::format("{}: {}", url_, why));
    session_->note(
        fmt::format("failed: {}; again in {}", why, format_wait(*next - session_->loop().now())));
    again_at(*next);
  }

  /// Prints the body or its difference when it is another one. False when it is no JSON.
  bool show(const client::PollResult& result) {
    const Json body = Json::parse(result.response.body, nullptr, false);
    if (body.is_discarded()) {
      const auto type = result.response.header("content-type").value_or("none");
      session_->end(exit_target,
                    fmt::format("{}: the answer is not JSON (content type {})", url_, type));
      return false;
    }
    const Json previous = Json::parse(result.previous_body, nullptr, false);
    const Json patch = previous.is_discarded()
                           ? Json::array({{{"op", "replace"}, {"path", ""}, {"value", body}}})
                           : Json::diff(previous, body);
    if (patch.empty()) return true;
    if (flags_->diff) {
      print_patch(patch);
    } else {
      print(body);
    }
    return true;
  }

  void print_patch(const Json& patch) {
    if (!is_pretty_) return print(patch);
    for (const Json& step : patch) {
      std::string line =
          fmt::format("{:8}{}", step["op"].get<std::string>(), step["path"].get<std::string>());
      if (step.contains("value")) line += " " + text_of(step["value"], -1);
      session_->output().text() += harmless(line) + '\n';
    }
  }

  void print(const Json& value) {
    session_->output().text() += text_of(value, is_pretty_ ? 2 : -1) + '\n';
  }

  static std::string text_of(const Json& value, int indent) {
    return value.dump(indent, ' ', false, Json::error_handler_t::replace);
  }

  void again_at(TimePoint when) {
    next_ = session_->loop().at(when, [this] {
      is_due_ = is_held_;
      if (!is_held_) client_.poll();
    });
  }

  /// A reader of standard output that stands still stops the polling, too.
  void hold(bool is_held) {
    is_held_ = is_held;
    if (is_held || !is_due_) return;
    is_due_ = false;
    client_.poll();
  }

  void save() {
    if (!is_unsaved_) return;
    is_unsaved_ = false;
    const client::PollMemory& memory = client_.memory();
    const auto saved = save_memory(flags_->resume, {{"version", 1},
                                                    {"etag", memory.etag},
                                                    {"last_modified", memory.last_modified},
                                                    {"body", memory.body}});
    if (!saved) session_->fail(saved.error().message);
  }

  const PollFlags* flags_;
  ClientSession* session_;
  std::string url_;
  bool is_pretty_;
  client::PollClient client_;
  Pace pace_;
  RequestStats stats_;
  Timer next_;
  std::uint64_t polls_ = 0;
  bool is_unsaved_ = false;
  bool is_held_ = false;  // the output is full
  bool is_due_ = false;   // and a poll's instant has passed meanwhile
};

Result<client::PollMemory> load_poll_memory(const std::string& path) {
  if (path.empty()) return client::PollMemory{};
  const auto memory = load_memory(path, "etag");
  if (!memory) return tl::unexpected(memory.error());
  if (!*memory) return client::PollMemory{};
  try {
    return client::PollMemory{.etag = (**memory).at("etag"),
                              .last_modified = (**memory).at("last_modified"),
                              .body = (**memory).at("body")};
  } catch (const nlohmann::json::exception&) {
    return usage_error(path + " is not a file that --resume of poll wrote");
  }
}

int run_poll(const PollFlags& flags, const CommonOptions& common) {
  auto request = request_of(flags.http);
  if (!request) return print_error(request.error());
  auto memory = load_poll_memory(flags.resume);
  if (!memory) return print_error(memory.error());
  client::PollOptions options{.request = std::move(*request), .transfer = transfer_of(flags.http)};
  const bool is_pretty = flags.format.empty() ? is_terminal(Stream::out) : flags.format == "pretty";
  ClientSession session(flags.http, common);
  return Poll(flags, session, options, is_pretty).run(std::move(*memory));
}

void add_poll_flags(CLI::App& command, PollFlags& flags) {
  const char* const kGroup = "Polling";
  add_duration(command, "--interval", flags.interval, "Time from poll to poll")->group(kGroup);
  add_share(command, "--jitter", flags.jitter, "How much of it each poll may move")->group(kGroup);
  add_count(command, "-n,--max-polls", flags.polls_max, "End after this many answered polls")
      ->group(kGroup);
  command.add_flag("--diff", flags.diff, "Print what changed, as a JSON patch (RFC 6902)")
      ->group(kGroup);
  command.add_option("--resume", flags.resume, "Keep validators and the last body here")
      ->type_name("FILE")
      ->group(kGroup);
  command.add_option("--format", flags.format, "Default: pretty on a terminal, jsonl otherwise")
      ->check(CLI::IsMember({"pretty", "jsonl"}))
      ->group(kGroup);
}

}  // namespace

void setup_poll(CLI::App& app, CommonOptions& common, std::function<int()>& chosen) {
  CLI::App* command = app.add_subcommand("poll", "Poll a JSON endpoint, show what changed");
  command->footer("  rtctl poll --diff --interval 1s http://127.0.0.1:8080/api/status");
  auto flags = std::make_shared<PollFlags>();  // lives as long as the callbacks that fill it
  add_poll_flags(*command, *flags);
  add_http_flags(*command, flags->http);
  command->callback([&common, &chosen, flags] {
    chosen = [&common, flags] { return run_poll(*flags, common); };
  });
}

}  // namespace rtctl::cli
