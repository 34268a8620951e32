#include "cli/feed_log.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "base/units.hpp"
#include "cli/client_session.hpp"
#include "cli/failure_text.hpp"
#include "cli/request_stats.hpp"
#include "cli/terminal.hpp"

namespace rtctl::cli {
namespace {

using Json = nlohmann::ordered_json;

/// Logs one activity, with one key through all attempts, so that it is logged once.
class Log final : client::FeedObserver {
 public:
  Log(const FeedFlags& flags, ClientSession& session, const client::FeedOptions& options,
      std::string body)
      : flags_(&flags),
        session_(&session),
        url_(options.request.url),
        body_(std::move(body)),
        client_(session.environment(), options, *this) {
    session.on_end = [this] { client_.cancel(); };
  }

  int run() {
    client_.log(body_, key_);
    const int code = session_->run([] { return exit_timeout; });
    if (flags_->http.stats) fmt::print(stderr, "{}", stats_.text());
    return code;
  }

 private:
  void on_activity(const client::Activity&, TimePoint) override {}
  void on_polled(const client::FeedResult&) override {}

  void on_logged(const client::FeedResult& result) override {
    stats_.on_response(result.response, result.failure);
    if (result.failure == client::Failure::none) return session_->end(exit_ok);
    const std::string why = failure_text(result.response, result.failure, "feed");
    ++failures_;
    const auto bearable = retries_of(flags_->http);
    const bool is_used_up = bearable && failures_ > *bearable;
    if (!result.is_retryable || is_used_up)
      return session_->end(exit_target, fmt::format("{}: {}", url_, why));
    const Duration wait =
        backoff_delay(flags_->http.backoff, failures_, {.retry_after = result.retry_after},
                      session_->environment().random);
    session_->note(fmt::format("failed: {}; again in {}", why, format_wait(wait)));
    next_ = session_->loop().after(wait, [this] { client_.log(body_, key_); });
  }

  const FeedFlags* flags_;
  ClientSession* session_;
  std::string url_;
  std::string body_;
  std::string key_ = secure_hex(16);
  client::FeedClient client_;
  RequestStats stats_;
  Timer next_;
  std::uint32_t failures_ = 0;
};

Result<std::string> log_body(const FeedFlags& flags) {
  if (flags.actor.empty()) return usage_error("--log needs --actor");
  Json body{{"type", flags.log_type}, {"userId", flags.actor}};
  if (flags.log_data) {
    const auto text = body_of(*flags.log_data);
    if (!text) return tl::unexpected(text.error());
    Json data = Json::parse(*text, nullptr, false);
    if (data.is_discarded())
      return usage_error(fmt::format("--data: \"{}\" is not JSON", *flags.log_data));
    body["data"] = std::move(data);
  }
  return body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

int run_feed_log(const FeedFlags& flags, const CommonOptions& common,
                 const client::FeedOptions& options) {
  auto body = log_body(flags);
  if (!body) return print_error(body.error());
  ClientSession session(flags.http, common);
  return Log(flags, session, options, std::move(*body)).run();
}

}  // namespace rtctl::cli
