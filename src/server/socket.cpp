#include "server/socket.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <utility>

namespace rtctl::server {
namespace {

int tls_size(std::size_t bytes) {
  return static_cast<int>(std::min<std::size_t>(bytes, INT_MAX));
}

}  // namespace

void SslDeleter::operator()(SSL* ssl) const {
  SSL_free(ssl);
}

Socket::Socket(int fd, SSL_CTX* context) : fd_(fd) {
  if (context == nullptr) return;
  ssl_.reset(SSL_new(context));
  if (!ssl_) {
    close();
    return;
  }
  SSL_set_fd(ssl_.get(), fd);
  SSL_set_accept_state(ssl_.get());
  SSL_set_mode(ssl_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                               SSL_MODE_RELEASE_BUFFERS);
}

Socket::Socket(Socket&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      wants_write_(other.wants_write_),
      ssl_(std::move(other.ssl_)) {}

Socket& Socket::operator=(Socket&& other) noexcept {
  if (this == &other) return *this;
  close();
  fd_ = std::exchange(other.fd_, -1);
  wants_write_ = other.wants_write_;
  ssl_ = std::move(other.ssl_);
  return *this;
}

Socket::~Socket() {
  close();
}

IoResult Socket::read(std::span<char> into) {
  if (ssl_) {
    ERR_clear_error();
    return tls_result(SSL_read(ssl_.get(), into.data(), tls_size(into.size())));
  }
  wants_write_ = false;
  const ssize_t count = recv(fd_, into.data(), into.size(), 0);
  if (count > 0) return {IoStatus::ok, static_cast<std::size_t>(count)};
  if (count == 0) return {IoStatus::closed};
  return {errno == EAGAIN || errno == EINTR ? IoStatus::would_block : IoStatus::failed};
}

IoResult Socket::write(std::string_view bytes) {
  if (ssl_) {
    ERR_clear_error();
    return tls_result(SSL_write(ssl_.get(), bytes.data(), tls_size(bytes.size())));
  }
  wants_write_ = true;
  const ssize_t count = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (count >= 0) return {IoStatus::ok, static_cast<std::size_t>(count)};
  return {errno == EAGAIN || errno == EINTR ? IoStatus::would_block : IoStatus::failed};
}

IoResult Socket::tls_result(int result) {
  if (result > 0) return {IoStatus::ok, static_cast<std::size_t>(result)};
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      wants_write_ = false;
      return {IoStatus::would_block};
    case SSL_ERROR_WANT_WRITE:
      wants_write_ = true;
      return {IoStatus::would_block};
    case SSL_ERROR_ZERO_RETURN:
      return {IoStatus::closed};
    default:
      // OpenSSL forbids SSL_shutdown after a fatal error; a quiet one frees the session's state.
      SSL_set_quiet_shutdown(ssl_.get(), 1);
      return {IoStatus::failed};
  }
}

bool Socket::has_pending() const {
  return ssl_ && SSL_pending(ssl_.get()) > 0;
}

void Socket::shutdown_write() {
  if (ssl_) {
    ERR_clear_error();
    if (SSL_is_init_finished(ssl_.get())) SSL_shutdown(ssl_.get());
  }
  ::shutdown(fd_, SHUT_WR);
}

void Socket::close() {
  ssl_.reset();
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

}  // namespace rtctl::server
