// One chatter: receives by polling (or long polling) with acknowledgement, sends each line exactly
// once and in order.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "base/backoff.hpp"
#include "client/request.hpp"

namespace rtctl::client {

/// Shared by many chatters; outlives them.
struct ChatOptions {
  net::Request request;  ///< method and body are the client's own
  RequestOptions transfer;
  BackoffPolicy backoff;     ///< between attempts to send
  Duration wait{};           ///< long polling: how long the server may hold the answer; 0 = not
  bool acknowledges = true;  ///< `?ack=`: nothing is lost with a lost answer
  std::string name;          ///< sent along with each message; empty: none
  std::size_t unsent_max = 10'000;  ///< lines kept while they cannot be sent
};

/// One message that arrived. Views live until the callback returns.
struct ChatMessage {
  std::string_view id;  ///< as text, whatever JSON type it had; may be empty
  std::string_view from;
  std::string_view content;
  std::string_view timestamp;
};

/// How one poll or one attempt to send went.
struct ChatResult {
  const Response& response;
  Failure failure = Failure::none;  ///< of the transfer, the status or the JSON
  bool is_retryable = false;
  std::optional<Duration> retry_after;
  std::size_t messages = 0;   ///< polls: that arrived for the first time
  std::uint64_t dropped = 0;  ///< polls: that the server says it had to drop
  std::string_view text;      ///< sends: the line
};

class ChatObserver {
 public:
  /// Never the client's own.
  virtual void on_message(const ChatMessage& message, TimePoint received_at) = 0;
  /// After the messages of that poll. The next `poll` may be begun inside.
  virtual void on_polled(const ChatResult& result) = 0;
  /// Each attempt; a retryable failure is tried again by the client itself, any other drops the
  /// line.
  virtual void on_sent(const ChatResult& result) = 0;

 protected:
  ~ChatObserver() = default;
};

/// Two connections: one receives (and may be held by a long poll), one sends. When to poll is the
/// caller's business. Not movable.
class ChatClient final : DeadlineOwner {
 public:
  ChatClient(const Environment& environment, const ChatOptions& options, ChatObserver& observer);
  ~ChatClient();

  /// Begins one poll now; there must be none under way.
  void poll();
  bool is_polling() const { return receiver_.is_active(); }

  /// Queues a line; it goes out as soon as those before it were accepted, and the client's id is
  /// known (the first poll brings it). False when `unsent_max` lines wait already.
  [[nodiscard]] bool say(std::string text);
  std::size_t unsent() const { return unsent_.size(); }

  /// The id the server gave or that was set; it opens the inbox, so it is not for others.
  const std::string& client_id() const { return client_id_; }
  void set_client_id(std::string id) {
    client_id_ = std::move(id);
    is_url_stale_ = true;
  }

  /// Ends what is under way; queued lines stay.
  void cancel();

 private:
  struct Line {
    std::string text;
    std::string key;  ///< Idempotency-Key, the same at each attempt
  };
  struct Receiving final : RequestObserver {
    explicit Receiving(ChatClient& owner) : client(&owner) {}
    void on_response(const Response& response) override { client->on_poll_response(response); }
    ChatClient* client;
  };
  struct Sending final : RequestObserver {
    explicit Sending(ChatClient& owner) : client(&owner) {}
    void on_response(const Response& response) override { client->on_send_response(response); }
    ChatClient* client;
  };

  void on_deadline() override;
  void on_poll_response(const Response& response);
  void on_send_response(const Response& response);
  bool take_messages(const Response& response, ChatResult& result);
  void send_next();

  const Environment* environment_;
  const ChatOptions* options_;
  ChatObserver* observer_;
  Receiving receiving_{*this};
  Sending sending_{*this};
  RequestOptions polling_;  ///< the time-outs allow for `wait`
  RequestClient receiver_;
  RequestClient sender_;
  net::Request poll_request_;
  net::Request send_request_;
  std::deque<Line> unsent_;
  std::string client_id_;
  std::string last_id_ = "0";  ///< the cursor that `?ack=` sends
  Deadline retry_;
  std::uint32_t send_failures_ = 0;
  bool is_url_stale_ = true;
  bool is_known_ = false;    ///< a poll was answered: the id is known, if the server gives one
  bool is_waiting_ = false;  ///< before the line at the front is tried again
};

}  // namespace rtctl::client
