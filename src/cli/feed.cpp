// rtctl feed: follow an activity feed, or log to it.
#include "client/feed.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/time_format.hpp"
#include "base/units.hpp"
#include "cli/client_session.hpp"
#include "cli/command.hpp"
#include "cli/failure_text.hpp"
#include "cli/feed_flags.hpp"
#include "cli/feed_log.hpp"
#include "cli/http_options.hpp"
#include "cli/memory_file.hpp"
#include "cli/pace.hpp"
#include "cli/request_stats.hpp"
#include "cli/terminal.hpp"
#include "cli/values.hpp"

namespace rtctl::cli {
namespace {

using Json = nlohmann::ordered_json;

/// Follows the feed, oldest first.
class Feed final : client::FeedObserver {
 public:
  Feed(const FeedFlags& flags, ClientSession& session, const client::FeedOptions& options,
       std::optional<WallTime> since, bool is_pretty)
      : flags_(&flags),
        session_(&session),
        url_(options.request.url),
        since_(since),
        is_pretty_(is_pretty),
        client_(session.environment(), options, *this),
        pace_(pace_of(flags.http, flags.interval), session.loop().now()) {
    if (!flags.resume.empty()) session.on_written = [this] { save(); };
    session.on_end = [this] { client_.cancel(); };
    session.on_full = [this](bool is_full) { hold(is_full); };
  }

  int run(client::FeedMemory memory) {
    client_.set_memory(std::move(memory));
    client_.poll();
    const int code =
        session_->run([this] { return flags_->activities_max ? exit_timeout : exit_ok; });
    if (flags_->http.stats) fmt::print(stderr, "{}", stats_.text());
    return code;
  }

 private:
  void on_activity(const client::Activity& activity, TimePoint) override {
    if (session_->is_ended()) return;
    const Json value = Json::parse(activity.json, nullptr, false);
    if (!is_since(value)) return;
    session_->output().text() += is_pretty_ ? pretty(value) : std::string(activity.json) + '\n';
    last_printed_ = activity.id;
    if (flags_->activities_max && ++printed_ >= *flags_->activities_max) {
      keep_up_to_here();
      session_->end(exit_ok);
    }
  }

  /// A server may round the time it is asked for down to whole seconds.
  bool is_since(const Json& activity) const {
    const auto created = activity.find("created_at");
    if (!since_ || created == activity.end() || !created->is_string()) return true;
    const auto time = parse_rfc3339(created->get_ref<const std::string&>());
    return !time || *time > *since_;
  }

  static std::string pretty(const Json& activity) {
    const auto member = [&](const char* name) -> std::string {
      const auto found = activity.find(name);
      if (found == activity.end() || found->is_null()) return "-";
      return found->is_string() ? found->get<std::string>()
                                : found->dump(-1, ' ', false, Json::error_handler_t::replace);
    };
    std::string line =
        fmt::format("{}  {}  {}", member("created_at"), member("type"), member("user_id"));
    if (member("data") != "-") line += "  " + member("data");
    return harmless_line(line, line.size()) + '\n';
  }

  /// -n ended it in the middle of an answer: the next run has to begin after what was printed.
  void keep_up_to_here() {
    memory_at_end_ = client_.memory();
    memory_at_end_->after = last_printed_;
  }

  void on_polled(const client::FeedResult& result) override {
    stats_.on_response(result.response, result.failure);
    if (session_->is_ended()) return;
    if (result.failure != client::Failure::none) return on_failure(result);
    is_unsaved_ = true;
    session_->output().commit();
    const TimePoint now = session_->loop().now();
    const TimePoint scheduled = pace_.after_success(now, session_->environment().random);
    again_at(result.has_more ? now : scheduled);
  }

  void on_failure(const client::FeedResult& result) {
    const std::string why = failure_text(result.response, result.failure, "feed");
    std::optional<TimePoint> next;
    if (result.is_retryable)
      next = pace_.after_failure(session_->loop().now(), result.retry_after,
                                 session_->environment().random);
    if (!next) return session_->end(exit_target, fmt::format("{}: {}", url_, why));
    session_->note(
        fmt::format("failed: {}; again in {}", why, format_wait(*next - session_->loop().now())));
    again_at(*next);
  }

  void again_at(TimePoint when) {
    next_ = session_->loop().at(when, [this] {
      is_due_ = is_held_;
      if (!is_held_) client_.poll();
    });
  }

  void hold(bool is_held) {
    is_held_ = is_held;
    if (is_held || !is_due_) return;
    is_due_ = false;
    client_.poll();
  }

  void save() {
    if (!is_unsaved_ && !memory_at_end_) return;
    is_unsaved_ = false;
    const client::FeedMemory& memory = memory_at_end_ ? *memory_at_end_ : client_.memory();
    const auto saved = save_memory(flags_->resume, {{"version", 1},
                                                    {"after", memory.after},
                                                    {"last_modified", memory.last_modified},
                                                    {"seen", memory.seen}});
    if (!saved) session_->fail(saved.error().message);
  }

  const FeedFlags* flags_;
  ClientSession* session_;
  std::string url_;
  std::optional<WallTime> since_;
  bool is_pretty_;
  client::FeedClient client_;
  Pace pace_;
  RequestStats stats_;
  Timer next_;
  std::optional<client::FeedMemory> memory_at_end_;
  std::string last_printed_;
  std::uint64_t printed_ = 0;
  bool is_unsaved_ = false;
  bool is_held_ = false;  // the output is full
  bool is_due_ = false;   // and a poll's instant has passed meanwhile
};

Result<client::FeedMemory> load_feed_memory(const std::string& path) {
  if (path.empty()) return client::FeedMemory{};
  const auto memory = load_memory(path, "after");
  if (!memory) return tl::unexpected(memory.error());
  if (!*memory) return client::FeedMemory{};
  try {
    return client::FeedMemory{.after = (**memory).at("after"),
                              .last_modified = (**memory).at("last_modified"),
                              .seen = (**memory).at("seen")};
  } catch (const nlohmann::json::exception&) {
    return usage_error(path + " is not a file that --resume of feed wrote");
  }
}

/// RFC 3339, an HTTP-date, or a duration before now.
Result<std::optional<WallTime>> parse_since(const std::string& text) {
  if (text.empty()) return std::nullopt;
  if (const auto time = parse_rfc3339(text)) return time;
  if (const auto time = parse_http_date(text)) return time;
  if (const auto ago = parse_duration(text)) {
    const auto now =
        std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    return now - std::chrono::floor<std::chrono::microseconds>(*ago);
  }
  return usage_error(fmt::format(
      "--since: \"{}\" is no time; write it like \"2026-01-31T12:00:00Z\" or \"1h\" (ago)", text));
}

int run_feed(const FeedFlags& flags, const CommonOptions& common) {
  auto request = request_of(flags.http);
  if (!request) return print_error(request.error());
  client::FeedOptions options{.request = std::move(*request), .transfer = transfer_of(flags.http)};
  if (!flags.log_type.empty()) return run_feed_log(flags, common, options);
  if (!flags.actor.empty() || flags.log_data)
    return print_error({ErrorKind::usage, "--actor and --data belong to --log"});
  const auto since = parse_since(flags.since);
  if (!since) return print_error(since.error());
  options.since = *since;
  auto memory = load_feed_memory(flags.resume);
  if (!memory) return print_error(memory.error());
  const bool is_pretty = flags.format.empty() ? is_terminal(Stream::out) : flags.format == "pretty";
  ClientSession session(flags.http, common);
  return Feed(flags, session, options, *since, is_pretty).run(std::move(*memory));
}

void add_feed_flags(CLI::App& command, FeedFlags& flags) {
  const char* const kGroup = "Feed";
  add_duration(command, "--interval", flags.interval, "Time from poll to poll")->group(kGroup);
  command.add_option("--since", flags.since, "Only what is newer: a time, or how long ago")
      ->type_name("TIME")
      ->group(kGroup);
  command.add_option("--resume", flags.resume, "Keep here what was printed, and go on after it")
      ->type_name("FILE")
      ->group(kGroup);
  add_count(command, "-n,--max-activities", flags.activities_max, "End after this many activities")
      ->group(kGroup);
  command.add_option("--format", flags.format, "Default: pretty on a terminal, jsonl otherwise")
      ->check(CLI::IsMember({"pretty", "jsonl"}))
      ->group(kGroup);
  command.add_option("--log", flags.log_type, "Log one activity of this type, then end")
      ->type_name("TYPE")
      ->group(kGroup);
  command.add_option("--actor", flags.actor, "Who did it (with --log)")
      ->type_name("ID")
      ->group(kGroup);
  command.add_option("-d,--data", flags.log_data, "Its data (with --log); @FILE and @- read it")
      ->type_name("JSON")
      ->group(kGroup);
}

}  // namespace

void setup_feed(CLI::App& app, CommonOptions& common, std::function<int()>& chosen) {
  CLI::App* command = app.add_subcommand("feed", "Follow (and log to) an activity feed");
  command->footer(
      "  rtctl feed --since 1h http://127.0.0.1:8080/api/activity\n"
      "  rtctl feed --log deploy --actor ci --data '{\"version\":7}' URL");
  auto flags = std::make_shared<FeedFlags>();  // lives as long as the callbacks that fill it
  add_feed_flags(*command, *flags);
  add_http_flags(*command, flags->http, RequestBody::commands);
  command->callback([&common, &chosen, flags] {
    chosen = [&common, flags] { return run_feed(*flags, common); };
  });
}

}  // namespace rtctl::cli
