// The seam of HTTP going out. `client` speaks to it; behind it are libcurl (curl_transport.hpp:
// everything libcurl can do) and rtctl's own HTTP/1.1 (direct_transport.hpp: little memory, little
// CPU). Tests put a transport behind it that plays a script.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/loop.hpp"

namespace rtctl::net {

struct Header {
  std::string name;
  std::string value;
};

/// In the order of the wire; names compare without case.
using Headers = std::vector<Header>;

/// The first field of that name, or nullopt.
std::optional<std::string_view> find_header(const Headers& headers, std::string_view name);

/// One exchange. Redirects are not followed here: `client` does it, for it knows which headers may
/// go along.
struct Request {
  std::string method = "GET";
  std::string url;  ///< absolute, http or https
  Headers headers;  ///< sent as they are; User-Agent, Host and Content-Length are added when absent
  std::string body;
};

enum class HttpVersion { automatic, http1_1, http2 };

/// How connections are made, the same for all exchanges of a channel. Empty strings and paths mean
/// "not set".
struct ChannelOptions {
  Duration connect_timeout = std::chrono::seconds(10);  ///< DNS, TCP and TLS together
  HttpVersion version = HttpVersion::automatic;
  bool accept_compressed = false;  ///< ask for gzip, br and zstd and decode as the bytes arrive
  bool insecure = false;           ///< do not verify the peer's certificate
  std::string ca_file, certificate_file, key_file;
  std::string proxy;  ///< as libcurl takes it; unset: the environment's
  std::string unix_socket;
  std::string user_password;  ///< "user:password" for Basic authentication
  bool use_netrc = false;
  std::string source_address;  ///< local address to connect from

  bool operator==(const ChannelOptions&) const = default;
};

/// Why an exchange ended. The kinds are those that reports count.
enum class OutcomeKind {
  complete,  ///< the whole response arrived, framing and all
  dns,       ///< the name did not resolve
  connect,   ///< refused, unreachable, proxy failed
  connect_timeout,
  tls,          ///< handshake failed
  certificate,  ///< the peer's certificate was not accepted; never worth a retry
  reset,        ///< the connection broke, before or in the middle of the response
  bad_frame,  ///< not HTTP, broken chunking, a body shorter than announced, corrupt compressed data
  bad_encoding,  ///< an unknown content encoding
  limit,         ///< response header too large
  unsupported,   ///< this driver cannot do what the request needs
};

struct Outcome {
  OutcomeKind kind = OutcomeKind::complete;
  std::string detail;  ///< for people: "connection refused", with address and port where known
};

/// When the steps of one exchange happened. A connection that was used before has no connect times.
struct Timing {
  TimePoint started;
  std::optional<TimePoint>
      connected;  ///< TCP and TLS done; nullopt on a connection that was open already
  TimePoint first_byte;
};

struct ResponseHead {
  int status = 0;
  std::string version;  ///< "1.1" or "2"
  Headers headers;
  Timing timing;
};

/// Told of one exchange, on the loop's thread, never inside `Channel::start`. In each callback the
/// handler may call `cancel`, `start` the next exchange, or destroy the channel.
class ExchangeHandler {
 public:
  /// The connection is there (new or kept alive) and the request goes out.
  virtual void on_connected(bool /*reused*/) {}
  /// The final response head; informational (1xx) heads are swallowed.
  virtual void on_head(const ResponseHead& head) = 0;
  /// Decoded body bytes, valid inside the call. `received_at` is when they were read from the
  /// socket.
  virtual void on_body(std::string_view bytes, TimePoint received_at) = 0;
  /// Any byte at all arrived, also ones that decode to nothing yet: sign of life for idle
  /// time-outs.
  virtual void on_activity(TimePoint /*received_at*/) {}
  /// The last callback of an exchange.
  virtual void on_end(const Outcome& outcome) = 0;

 protected:
  ~ExchangeHandler() = default;
};

/// One client's place at a transport: one exchange at a time over a connection kept alive between
/// them. Destroying it closes the connection; no callback follows.
class Channel {
 public:
  virtual ~Channel() = default;

  /// Begins an exchange. There must be none under way. The request is copied as far as it is
  /// needed; the handler must outlive the exchange.
  virtual void start(const Request& request, ExchangeHandler& handler) = 0;

  /// Ends the exchange without a callback and closes its connection. Harmless when there is none.
  virtual void cancel() = 0;

  /// Stops and restarts reading, so that a slow consumer pushes back through TCP.
  virtual void pause() = 0;
  virtual void resume() = 0;
};

/// Belongs to one loop; outlives its channels.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual std::unique_ptr<Channel> open_channel(const ChannelOptions& options) = 0;
};

}  // namespace rtctl::net
