// One HTTP request with its redirects and time-outs: what pollers, chatters and feed readers are
// made of.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "client/deadline.hpp"
#include "client/environment.hpp"
#include "client/failure.hpp"
#include "net/transport.hpp"

namespace rtctl::client {

/// Shared by many clients; outlives them. Zero durations mean "no limit".
struct RequestOptions {
  net::ChannelOptions channel;
  Duration request_timeout{};  ///< from `start` to the last byte, redirects included
  Duration idle_timeout = std::chrono::seconds(45);  ///< connected, but nothing arrives
  std::uint64_t body_bytes_max = std::uint64_t{64} << 20;
  bool keeps_headers = true;  ///< false saves their copying: `Response::headers` is null then
  bool keeps_body = true;     ///< false: the body is counted and thrown away
};

/// How one request went. The views and the pointer live until the callback returns or the client is
/// started again.
struct Response {
  Failure failure = Failure::none;  ///< of the transfer; statuses are for the caller to judge
  bool is_final = false;  ///< a failure that no repetition would cure (certificate, bad redirect)
  int status = 0;         ///< 0 when no head arrived
  const net::Headers* headers = nullptr;  ///< null without a head or `keeps_headers`
  std::string_view body;                  ///< decoded; empty unless `keeps_body`
  std::string_view detail;                ///< for people, when `failure` is set
  net::Timing timing;                     ///< of the last hop
  TimePoint started;                      ///< of the first hop
  TimePoint ended;
  std::uint64_t body_bytes = 0;  ///< decoded
  int redirects = 0;

  std::optional<std::string_view> header(std::string_view name) const {
    return headers ? net::find_header(*headers, name) : std::nullopt;
  }
};

/// Told of one client's requests, on its loop. The client may be started again inside, but not
/// destroyed.
class RequestObserver {
 public:
  /// The last callback of each request; none follows `cancel`.
  virtual void on_response(const Response& response) = 0;

 protected:
  ~RequestObserver() = default;
};

/// One request at a time over a connection that is kept alive in between. No allocation per request
/// of its own; the body buffer is given back when it grew over 16 KiB. Not movable.
class RequestClient final : net::ExchangeHandler, DeadlineOwner {
 public:
  RequestClient(const Environment& environment, const RequestOptions& options,
                RequestObserver& observer);
  ~RequestClient();

  /// Begins a request; there must be none under way. `request` must live until the response.
  void start(const net::Request& request);

  /// Ends it without a callback. Harmless when there is none.
  void cancel();

  bool is_active() const { return request_ != nullptr; }

 private:
  void on_connected(bool reused) override;
  void on_head(const net::ResponseHead& head) override;
  void on_body(std::string_view bytes, TimePoint received_at) override;
  void on_activity(TimePoint received_at) override;
  void on_end(const net::Outcome& outcome) override;
  void on_deadline() override;

  struct Hop;  // what only a redirected request needs
  enum class Cure : std::uint8_t { retry, none };

  void begin(const net::Request& request);
  void follow();
  void watch();
  void finish(Failure failure, Cure cure, std::string_view detail);

  const Environment* environment_;
  const RequestOptions* options_;
  RequestObserver* observer_;
  std::unique_ptr<net::Channel> channel_;
  const net::Request* request_ = nullptr;
  std::unique_ptr<Hop> hop_;
  net::Headers headers_;
  std::string body_;
  net::Timing timing_;
  TimePoint started_;
  TimePoint last_activity_;
  Deadline deadline_;
  std::uint64_t body_bytes_ = 0;
  int status_ = 0;
  bool is_connected_ = false;
};

}  // namespace rtctl::client
