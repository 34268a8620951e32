// The way between a session, which lives on its connection's loop, and an endpoint on the main
// loop.
#pragma once

#include <memory>

#include "server/endpoint.hpp"
#include "server/run_on.hpp"
#include "server/worker.hpp"

namespace rtctl::server {

class Session;

/// Where the answer goes. Belongs to the connection's loop, as `session` does; the session clears
/// it when it goes.
struct AnswerSlot {
  AsioLoop& loop;  // outlives every exchange
  Session* session;
};

/// One request on its way. Made on the connection's loop, then only used on the main loop.
class SessionExchange final : public Exchange,
                              public std::enable_shared_from_this<SessionExchange> {
 public:
  /// The session reads the request too, on its own loop; so nobody changes it.
  SessionExchange(std::shared_ptr<const Request> request, std::shared_ptr<AnswerSlot> slot,
                  AsioLoop& main_loop)
      : request_(std::move(request)), slot_(std::move(slot)), main_loop_(main_loop) {}
  ~SessionExchange() override;

  const Request& request() const override { return *request_; }
  void respond(Response response) override;
  void on_gone(std::function<void()> gone) override;
  bool is_gone() const override { return gone_; }

  /// The peer half-closed: whoever waits for that is told, and the connection closed. Others answer
  /// as if nothing had happened.
  void peer_half_closed();
  /// The connection is no more.
  void connection_lost();

 private:
  void tell_gone();
  void deliver(Response response);

  std::shared_ptr<const Request> request_;
  std::shared_ptr<AnswerSlot> slot_;
  AsioLoop& main_loop_;
  std::function<void()> on_gone_;
  bool answered_ = false;
  bool gone_ = false;
  bool half_closed_ = false;
};

}  // namespace rtctl::server
