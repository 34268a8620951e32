// One client's connection at the direct driver.
#pragma once

#include <cstdint>
#include <memory>

#include "base/poller.hpp"
#include "net/body_decoder.hpp"
#include "net/direct_context.hpp"
#include "net/origin.hpp"
#include "net/transport.hpp"
#include "net/wire.hpp"

namespace rtctl::net {

/// idle → queued → (resolving → connecting → handshaking →) head → body → kept or idle.
/// Small on purpose: there are ten thousand of them, and most only wait for the next event.
class DirectChannel final : public Channel, private Watcher, private AddressWaiter {
 public:
  DirectChannel(DirectContext& context, Profile& profile) : context_(context), profile_(profile) {}
  DirectChannel(const DirectChannel&) = delete;
  DirectChannel& operator=(const DirectChannel&) = delete;
  ~DirectChannel() override;

  void start(const Request& request, ExchangeHandler& handler) override;
  void cancel() override;
  void pause() override { is_paused_ = true; }
  void resume() override;

  /// The turn that `DirectContext::enqueue` has asked for.
  void run_queued();

 private:
  enum class State : std::uint8_t {
    idle,  ///< no connection
    queued,
    resolving,
    connecting,
    handshaking,
    head,  ///< the request goes out, the response has not begun or its head is not complete
    body,
    kept,  ///< a connection without an exchange
  };
  class Turn;
  class Moment;

  void on_ready(std::uint32_t events) override;
  void on_socket(int fd) override;
  void on_address() override;
  void on_no_address(const Outcome& outcome) override;

  void address(const Request& request);
  void begin();
  void connect();
  void use_socket(int fd, State next);
  void on_connect_event(std::uint32_t events);
  void begin_tls();
  void shake_hands();
  bool send_request(bool reused);
  bool write_more();
  void read_all(std::uint32_t events);
  bool deliver(std::string_view bytes, TimePoint received_at);
  bool deliver_head(std::string_view& bytes, TimePoint received_at);
  bool deliver_body(std::string_view bytes, TimePoint received_at);
  void on_end_of_connection();
  void on_lost(int error);
  bool retry();
  void check_kept();
  void finish(const Outcome& outcome);
  void close();

  DirectContext& context_;
  Profile& profile_;
  Origin* origin_ = nullptr;  // of the connection, or of the exchange when there is none yet
  ExchangeHandler* handler_ = nullptr;
  std::unique_ptr<Flight> flight_;
  BodyDecoder decoder_ = BodyDecoder::none();
  Wire wire_;
  std::uint32_t generation_ = 0;  // of the exchange: tells callbacks that ended it from others
  State state_ = State::idle;
  bool is_paused_ = false;
  bool is_reused_ = false;
  bool keeps_alive_ = false;
  bool wants_read_ = false;  // queued to read on after a pause
};

}  // namespace rtctl::net
