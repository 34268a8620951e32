#include "server/session_exchange.hpp"

#include <utility>

#include "server/session.hpp"

namespace rtctl::server {

SessionExchange::~SessionExchange() {
  if (!answered_ && !gone_) deliver(problem(500, "the request was not answered"));
}

void SessionExchange::respond(Response response) {
  if (std::exchange(answered_, true) || gone_) return;
  on_gone_ = nullptr;
  deliver(std::move(response));
}

void SessionExchange::deliver(Response response) {
  run_on(slot_->loop, main_loop_, [slot = slot_, answer = std::move(response)]() mutable {
    if (slot->session != nullptr) slot->session->answer(std::move(answer));
  });
}

void SessionExchange::on_gone(std::function<void()> gone) {
  on_gone_ = std::move(gone);
  if (!gone_ && !half_closed_) return;
  // The peer was faster than the endpoint.
  main_loop_.post([self = shared_from_this()] {
    if (!self->gone_) return self->peer_half_closed();
    if (const auto told = std::exchange(self->on_gone_, nullptr)) told();
  });
}

void SessionExchange::peer_half_closed() {
  half_closed_ = true;
  if (!on_gone_) return;
  tell_gone();
  run_on(slot_->loop, main_loop_, [slot = slot_] {
    if (slot->session != nullptr) slot->session->abandon();
  });
}

void SessionExchange::connection_lost() {
  tell_gone();
}

void SessionExchange::tell_gone() {
  if (answered_ || std::exchange(gone_, true)) return;
  if (const auto gone = std::exchange(on_gone_, nullptr)) gone();
}

}  // namespace rtctl::server
