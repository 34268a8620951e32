#include "client/poll.hpp"

#include <utility>

#include "client/judge.hpp"

namespace rtctl::client {

PollClient::PollClient(const Environment& environment, const PollOptions& options,
                       PollObserver& observer)
    : environment_(&environment),
      options_(&options),
      observer_(&observer),
      client_(environment, options.transfer, *this) {}

void PollClient::poll() {
  client_.start(next_request());
}

void PollClient::set_memory(PollMemory memory) {
  memory_ = std::move(memory);
  is_stale_ = true;
}

/// The plain request until the server gave a validator; what the user set himself stands.
const net::Request& PollClient::next_request() {
  const bool has_validators = !memory_.etag.empty() || !memory_.last_modified.empty();
  if (!options_->use_validators || !has_validators) return options_->request;
  if (!std::exchange(is_stale_, false)) return conditional_;
  conditional_ = options_->request;
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty() && !net::find_header(conditional_.headers, name))
      conditional_.headers.push_back({name, value});
  };
  add("If-None-Match", memory_.etag);
  add("If-Modified-Since", memory_.last_modified);
  return conditional_;
}

void PollClient::on_response(const Response& response) {
  const Judgement judgement = judge(response, environment_->loop.wall_now());
  PollResult result{.response = response,
                    .failure = judgement.failure,
                    .is_not_modified = response.status == 304 || response.status == 204,
                    .is_retryable = judgement.is_retryable,
                    .retry_after = judgement.retry_after};
  if (judgement.failure != Failure::none || result.is_not_modified)
    return observer_->on_poll(result);
  const auto take = [&](std::string& kept, const char* name) {
    const std::string_view value = response.header(name).value_or("");
    if (kept == value) return;
    kept = value;
    is_stale_ = true;
  };
  take(memory_.etag, "etag");
  take(memory_.last_modified, "last-modified");
  std::string previous;
  if (keeps_body_) previous = std::exchange(memory_.body, std::string(response.body));
  result.previous_body = previous;
  observer_->on_poll(result);
}

}  // namespace rtctl::client
