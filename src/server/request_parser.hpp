// Bytes of a connection to requests, strictly as RFC 9112 frames them. Whatever two parties might
// read differently is refused: that is how requests are smuggled.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/chunked_body.hpp"
#include "server/http.hpp"

namespace rtctl::server {

struct RequestLimits {
  std::uint64_t header_bytes_max = std::uint64_t{16}
                                   << 10;  ///< of the request line, and of all fields
  std::uint64_t body_bytes_max = std::uint64_t{64} << 10;
};

/// Why a request is not accepted. The connection cannot be used after it.
struct Refusal {
  int status;  ///< 400, 413, 414, 417, 431 or 505
  std::string detail;
};

/// Reads one request after the other. Keeps a copy of bytes only while a head is incomplete, so an
/// idle connection owns no buffer.
class RequestParser {
 public:
  enum class State {
    idle,     ///< nothing of a request has arrived
    head,     ///< in the middle of request line and header fields
    body,     ///< the head is complete: `request()` may be looked at
    done,     ///< `request()` is whole
    refused,  ///< `refusal()` says why
  };

  explicit RequestParser(const RequestLimits& limits) : limits_(limits) {}

  /// Consumes bytes up to the end of the request at most; returns how many.
  std::size_t feed(std::string_view bytes);

  State state() const { return state_; }
  Request& request() { return request_; }
  const Refusal& refusal() const { return *refusal_; }

  /// Whether the connection may serve another request after this one (RFC 9112, section 9.3).
  bool keep_alive() const { return keep_alive_; }
  /// HTTP/1.0 peers have to be told that the connection stays.
  bool is_http_1_0() const { return http_1_0_; }
  /// The peer waits for "100 Continue" before it sends the body.
  bool expects_continue() const { return expects_continue_; }

  /// Begins the next request.
  void reset();

 private:
  std::size_t feed_head(std::string_view bytes);
  std::size_t feed_body(std::string_view bytes);
  void parse_head(std::string_view head);
  bool parse_request_line(std::string_view line);
  bool parse_field(std::string_view line);
  bool settle_framing();
  bool settle_connection();
  bool settle_length(std::string_view value);
  bool refuse(int status, std::string detail);
  void check_limits(std::string_view head);

  RequestLimits limits_;
  State state_ = State::idle;
  std::string pending_;
  std::size_t scanned_ = 0;  // of pending_: no line end or bare CR before it
  Request request_;
  std::optional<Refusal> refusal_;
  std::optional<ChunkedBody> chunked_;
  std::uint64_t body_left_ = 0;
  bool keep_alive_ = false;
  bool http_1_0_ = false;
  bool expects_continue_ = false;
};

}  // namespace rtctl::server
