// A connected peer, plain or TLS, never blocking.
#pragma once

#include <openssl/types.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace rtctl::server {

enum class IoStatus {
  ok,           ///< `bytes` were moved
  would_block,  ///< try again when the socket is ready for what `wants_write()` says
  closed,       ///< the peer has ended its side in order
  failed,       ///< reset, time-out or a TLS error
};

struct IoResult {
  IoStatus status;
  std::size_t bytes = 0;
};

struct SslDeleter {
  void operator()(SSL* ssl) const;
};
using SslPtr = std::unique_ptr<SSL, SslDeleter>;

/// Owns the descriptor. A TLS socket does its handshake inside the first reads and writes.
class Socket {
 public:
  Socket() = default;
  /// `fd` is non-blocking already; `context` may be null for a plain connection.
  Socket(int fd, SSL_CTX* context);
  Socket(Socket&& other) noexcept;
  Socket& operator=(Socket&& other) noexcept;
  ~Socket();

  int fd() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }
  bool is_tls() const { return ssl_ != nullptr; }

  IoResult read(std::span<char> into);

  /// After `would_block` the next write must begin with the same bytes (TLS repeats its record).
  IoResult write(std::string_view bytes);

  /// Whether the operation that would block waits for room to write (TLS can read in order to
  /// write, and the other way round).
  bool wants_write() const { return wants_write_; }

  /// Bytes that TLS has decoded and the kernel therefore will not report as readable.
  bool has_pending() const;

  /// Says that nothing more will be sent; what the peer sends may still be read.
  void shutdown_write();
  void close();

 private:
  IoResult tls_result(int result);

  int fd_ = -1;
  bool wants_write_ = false;
  SslPtr ssl_;
};

}  // namespace rtctl::server
