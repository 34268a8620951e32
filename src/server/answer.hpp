// Small answers that several endpoints give.
#pragma once

#include "server/endpoint.hpp"
#include "server/idempotency.hpp"

namespace rtctl::server {

/// 200 "OK" as text: what a POST gets that has nothing to tell.
inline Response ok_response() {
  Response response;
  response.fields.set("Content-Type", "text/plain; charset=utf-8");
  response.body = "OK";
  return response;
}

/// For StorePool: gives the response that a transaction made, or 503 when the store failed.
inline auto answer_to(ExchangePtr exchange) {
  return [exchange = std::move(exchange)](Result<Response> response) {
    exchange->respond(response ? std::move(*response) : store_unavailable());
  };
}

}  // namespace rtctl::server
