// GET and POST /api/events.
#pragma once

#include "server/context.hpp"
#include "server/endpoint.hpp"
#include "server/hub.hpp"
#include "server/idempotency.hpp"

namespace rtctl::server {

/// GET becomes a stream on the connection's own loop, POST publishes. Main loop.
class EventsEndpoint final : public Endpoint {
 public:
  EventsEndpoint(const ServerContext& context, Hub& hub)
      : context_(context), hub_(hub), once_only_(context.loop, *context.store) {}
  void handle(ExchangePtr exchange) override;

 private:
  Response subscribe(const Request& request) const;
  Response publish(const Request& request);

  const ServerContext& context_;
  Hub& hub_;
  OnceOnly once_only_;
};

/// Reads {"data":any,"event"?:text,"topic"?:text}; a usage error is fit for a 400.
Result<Publication> parse_publication(std::string_view body);

}  // namespace rtctl::server
