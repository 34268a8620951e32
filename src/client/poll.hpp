// One poller: asks again and again with the validators the server gave, and tells what changed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "client/request.hpp"

namespace rtctl::client {

/// Shared by many pollers; outlives them.
struct PollOptions {
  net::Request request;
  RequestOptions transfer;
  bool use_validators = true;  ///< send If-None-Match / If-Modified-Since
};

/// What a later run needs to go on: validators and the body they belong to.
struct PollMemory {
  std::string etag;
  std::string last_modified;
  std::string body;
};

struct PollResult {
  const Response& response;
  Failure failure = Failure::none;  ///< of the transfer or the status; 2xx and 304 are none
  bool is_not_modified = false;     ///< 304; also 204, which brings nothing to compare
  bool is_retryable = false;        ///< when `failure` is set
  std::optional<Duration> retry_after;
  std::string_view previous_body;  ///< what the last answer but this held, when bodies are kept
};

class PollObserver {
 public:
  /// Inside, `PollClient::memory().body` is still the body before this one. The next poll may not
  /// be begun inside.
  virtual void on_poll(const PollResult& result) = 0;

 protected:
  ~PollObserver() = default;
};

/// When to poll is the caller's business: the engine has its planned instants, the command its
/// interval. Not movable.
class PollClient final : RequestObserver {
 public:
  PollClient(const Environment& environment, const PollOptions& options, PollObserver& observer);

  /// Begins one poll now; there must be none under way.
  void poll();
  void cancel() { client_.cancel(); }
  bool is_active() const { return client_.is_active(); }

  /// Remembers bodies only when asked to: ten thousand pollers need validators, not bodies.
  void keep_body(bool keep) { keeps_body_ = keep; }
  const PollMemory& memory() const { return memory_; }
  void set_memory(PollMemory memory);

 private:
  void on_response(const Response& response) override;
  const net::Request& next_request();

  const Environment* environment_;
  const PollOptions* options_;
  PollObserver* observer_;
  RequestClient client_;
  PollMemory memory_;
  net::Request conditional_;  ///< the request with validators; empty url until one was needed
  bool is_stale_ = true;      ///< `conditional_` has to be made anew
  bool keeps_body_ = false;
};

}  // namespace rtctl::client
