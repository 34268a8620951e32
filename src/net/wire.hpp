// A connected (or connecting) socket, plain or with TLS over it, that never blocks.
#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

#include "net/transport.hpp"

namespace rtctl::net {

/// What one call brought.
struct Io {
  enum class Kind {
    done,
    wait,   ///< nothing more for now: the poller will tell
    end,    ///< the peer has closed
    error,  ///< `error` is errno, 0 when TLS failed
  };
  Kind kind = Kind::done;
  std::size_t bytes = 0;
  int error = 0;
};

/// Owns the descriptor and the TLS session.
class Wire {
 public:
  Wire() = default;
  explicit Wire(int fd) : fd_(fd) {}
  Wire(Wire&& other) noexcept
      : tls_(std::exchange(other.tls_, nullptr)), fd_(std::exchange(other.fd_, -1)) {}
  Wire& operator=(Wire&& other) noexcept {
    std::swap(tls_, other.tls_);
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Wire();

  int fd() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }
  bool is_encrypted() const { return tls_ != nullptr; }

  /// Prepares TLS as a client that wants to see a certificate for `host`. False when there is no
  /// memory for it.
  bool begin_tls(SSL_CTX* context, const std::string& host);

  /// Goes on with the handshake; `done` when it is complete.
  Io handshake();

  /// Why the handshake failed.
  Outcome handshake_failure() const;

  /// What a read or write that failed with this errno means. A peer may turn a client away after
  /// the handshake (TLS 1.3), and says so by an alert.
  Outcome failure(int error) const;

  Io read(std::span<char> buffer);
  Io write(std::string_view bytes);

  /// Whether something (data, the end, an error) waits to be read. Takes nothing.
  bool has_news() const;

 private:
  Io tls_result(int returned) const;

  SSL* tls_ = nullptr;
  int fd_ = -1;
};

}  // namespace rtctl::net
