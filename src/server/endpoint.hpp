// How an endpoint is asked and how it answers. Endpoints live on the server's main loop, whichever
// loop the connection lives on: the session brings requests there and carries answers back.
#pragma once

#include <functional>
#include <memory>

#include "server/http.hpp"

namespace rtctl::server {

/// One request and the one answer it gets. Everything here belongs to the main loop.
class Exchange {
 public:
  virtual ~Exchange() = default;

  virtual const Request& request() const = 0;

  /// Gives the answer: once, inside `handle` or any time later. After the connection is gone it
  /// does nothing.
  virtual void respond(Response response) = 0;

  /// For answers that take their time (long polls): `gone` runs on the main loop, never inside this
  /// call, when the peer closed, half-closed or reset before `respond`; the exchange is over then.
  /// Without it a peer that half-closed still gets its answer.
  virtual void on_gone(std::function<void()> gone) = 0;

  /// True once the peer is known to have left; nobody would read an answer.
  virtual bool is_gone() const = 0;
};

/// Kept by the endpoint as long as it has not answered. An exchange that is dropped unanswered is
/// answered with 500 by the session.
using ExchangePtr = std::shared_ptr<Exchange>;

/// What answers the requests of one path. GET routes get HEAD as GET (`Request::method` says
/// "HEAD"; the session drops the body), OPTIONS never arrives here.
///
/// The session does for every endpoint: 405 with Allow, OPTIONS, CORS, authentication, 415 for a
/// body that is not declared application/json, HEAD, Content-Length, `If-None-Match` against the
/// ETag of a 200 (answered 304), gzip over 1 KiB (Vary and an ETag of its own included).
class Endpoint {
 public:
  virtual ~Endpoint() = default;
  virtual void handle(ExchangePtr exchange) = 0;
};

}  // namespace rtctl::server
