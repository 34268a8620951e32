// One HTTP/1.1 connection: requests in, answers out, one at a time and in order (RFC 9112).
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/poller.hpp"
#include "server/request_parser.hpp"
#include "server/session_exchange.hpp"
#include "server/worker.hpp"

namespace rtctl::server {

/// Belongs to its worker's loop and is owned by the worker.
class Session final : public Watcher {
 public:
  Session(Worker& worker, Socket socket, std::string remote_address, SessionRole role);
  ~Session();

  /// False when the socket cannot be watched.
  bool start();

  void on_ready(std::uint32_t events) override;

  /// The endpoint's answer, or the session's own.
  void answer(Response response);

  /// Closes without an answer.
  void abandon();

  /// Called a few times a second.
  void check_deadline(TimePoint now);

  /// From now on the connection ends with the request under way; without one it ends now.
  void drain();

  bool is_lingering() const { return state_ == State::lingering; }

  std::size_t index = 0;  ///< of the worker's sessions; the worker's

 private:
  enum class State {
    reading,
    answering,  ///< a request is with its endpoint, or held back by a fault
    lingering,  ///< all is said; what the peer still sends is read so that it can read our refusal
    closed,
  };

  void read();
  void on_ready_while_answering(std::uint32_t events);
  void process(std::string_view bytes);
  void resume();
  void on_body_begun();
  void on_parser_refusal();
  void dispatch();
  void dispatch_to_endpoint();
  void hold_back();
  void append(Response response);
  void hand_over(Response response);
  void account(const Response& response, std::uint64_t bytes);
  void flush();
  void linger();
  void close();
  void tell_exchange(void (SessionExchange::*news)());
  void watch(std::uint32_t events);
  void set_deadline(Duration from_now);
  void take_request();
  void refuse_for_load();

  Worker& worker_;
  Socket socket_;
  std::string remote_address_;
  SessionRole role_;
  State state_ = State::reading;
  std::uint32_t watched_ = 0;
  RequestParser parser_;
  const Route* route_ = nullptr;
  std::shared_ptr<const Request> request_ = std::make_shared<const Request>();
  std::shared_ptr<AnswerSlot> slot_;
  std::weak_ptr<SessionExchange> exchange_;
  std::string input_;   // read but not yet looked at: the next requests of a pipeline
  std::string output_;  // not yet taken by the kernel
  std::size_t sent_ = 0;
  TimePoint head_at_{};
  WallTime head_wall_{};
  TimePoint deadline_ = TimePoint::max();
  Timer held_back_;
  std::uint64_t lingered_ = 0;
  bool processing_ = false;
  bool last_ = false;        // the connection ends after the present answer
  bool said_last_ = false;   // and that answer has been given
  bool has_served_ = false;  // at least one request
  bool stalled_ = false;     // by a fault: there will be no answer
  bool head_seen_ = false;   // of the present request
};

}  // namespace rtctl::server
