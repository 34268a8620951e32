// One reader (and writer) of an activity feed: every activity once, oldest first.
#pragma once

#include <cstdint>
#include <deque>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "client/feed_search.hpp"
#include "client/request.hpp"

namespace rtctl::client {

/// Shared by many readers; outlives them.
struct FeedOptions {
  net::Request request;  ///< method and body are the client's own
  RequestOptions transfer;
  /// Begin with what is newer; unset: with whatever the server shows. What is told may begin
  /// earlier, for servers round times and answers are pages.
  std::optional<WallTime> since;
  bool skip_history = false;  ///< only what is logged after the first poll
};

/// What a later run needs to go on.
struct FeedMemory {
  std::string after;             ///< the newest id told
  std::string last_modified;     ///< the begin of the next window, where there is no exact cursor
  std::deque<std::string> seen;  ///< what was told last, at most 1,000: ids, or JSON without one
};

/// One activity. Views live until the callback returns.
struct Activity {
  std::string_view id;    ///< as text, whatever JSON type it had
  std::string_view json;  ///< all of it, compact
};

/// How one poll or one attempt to log went.
struct FeedResult {
  const Response& response;
  Failure failure = Failure::none;  ///< of the transfer, the status or the JSON
  bool is_retryable = false;
  bool is_not_modified = false;
  bool has_more = false;  ///< there is more to come: poll again at once
  std::optional<Duration> retry_after;
  std::size_t activities = 0;  ///< that were new
};

class FeedObserver {
 public:
  virtual void on_activity(const Activity& activity, TimePoint received_at) = 0;
  /// After the activities of that poll. The next `poll` may be begun inside.
  virtual void on_polled(const FeedResult& result) = 0;
  virtual void on_logged(const FeedResult& /*result*/) {}

 protected:
  ~FeedObserver() = default;
};

/// Uses the server's exact cursor (`?after=ID`) where it has one, otherwise overlapping
/// If-Modified-Since windows from which what was told already is left out. Where `since` reaches
/// further back than one answer, the first polls look for the place to begin. When to poll is the
/// caller's business. Not movable.
class FeedClient {
 public:
  FeedClient(const Environment& environment, const FeedOptions& options, FeedObserver& observer);
  ~FeedClient();

  /// Begins one poll now; there must be none under way.
  void poll();
  bool is_polling() const { return reader_.is_active(); }

  /// Logs one activity (its JSON body) over a connection of its own; none may be under way. `key`
  /// is its Idempotency-Key, the same when the caller tries again.
  void log(std::string body, std::string key);
  bool is_logging() const { return writer_.is_active(); }

  void cancel();

  const FeedMemory& memory() const { return memory_; }
  void set_memory(FeedMemory memory);

 private:
  struct Reading final : RequestObserver {
    explicit Reading(FeedClient& owner) : client(&owner) {}
    void on_response(const Response& response) override { client->on_poll_response(response); }
    FeedClient* client;
  };
  struct Writing final : RequestObserver {
    explicit Writing(FeedClient& owner) : client(&owner) {}
    void on_response(const Response& response) override { client->on_log_response(response); }
    FeedClient* client;
  };

  bool uses_cursor() const { return !memory_.after.empty() && cursor_ != Cursor::windows; }
  void on_poll_response(const Response& response);
  void on_log_response(const Response& response);
  bool take_activities(const Response& response, FeedResult& result);
  bool still_searches(const nlohmann::ordered_json& activities);
  bool ignores_cursor(const nlohmann::ordered_json& activities) const;
  bool gives_up_cursor(const Response& response);
  void tell(const nlohmann::ordered_json& activities, const Response& response, FeedResult& result);
  void advance(const std::string& id);
  void remember(const std::string& key);

  const Environment* environment_;
  const FeedOptions* options_;
  FeedObserver* observer_;
  Reading reading_{*this};
  Writing writing_{*this};
  RequestClient reader_;
  RequestClient writer_;
  net::Request poll_request_;
  net::Request log_request_;
  FeedMemory memory_;
  std::unordered_set<std::string> seen_;
  std::optional<FeedSearch> search_;  ///< for where to begin; none before the first answer
  enum class Cursor : std::uint8_t { untried, exact, windows } cursor_ = Cursor::untried;
  std::string etag_, etag_url_;
  bool is_first_ = true;
};

}  // namespace rtctl::client
