#include "net/wire.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace rtctl::net {
namespace {

Io failed() {
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return {.kind = Io::Kind::wait};
  return {.kind = Io::Kind::error, .error = errno};
}

bool is_address(const std::string& host) {
  in6_addr scratch;
  return inet_pton(AF_INET, host.c_str(), &scratch) == 1 ||
         inet_pton(AF_INET6, host.c_str(), &scratch) == 1;
}

}  // namespace

Wire::~Wire() {
  SSL_free(tls_);
  if (fd_ >= 0) ::close(fd_);
}

bool Wire::begin_tls(SSL_CTX* context, const std::string& host) {
  tls_ = SSL_new(context);
  if (tls_ == nullptr || SSL_set_fd(tls_, fd_) != 1) return false;
  SSL_set_connect_state(tls_);
  X509_VERIFY_PARAM* verify = SSL_get0_param(tls_);
  if (is_address(host)) return X509_VERIFY_PARAM_set1_ip_asc(verify, host.c_str()) == 1;
  X509_VERIFY_PARAM_set_hostflags(verify, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return SSL_set_tlsext_host_name(tls_, host.c_str()) == 1 &&
         X509_VERIFY_PARAM_set1_host(verify, host.c_str(), host.size()) == 1;
}

Io Wire::tls_result(int returned) const {
  switch (SSL_get_error(tls_, returned)) {
    case SSL_ERROR_NONE:
      return {.kind = Io::Kind::done, .bytes = static_cast<std::size_t>(returned)};
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      return {.kind = Io::Kind::wait};
    case SSL_ERROR_ZERO_RETURN:
      return {.kind = Io::Kind::end};
    case SSL_ERROR_SYSCALL:
      return {.kind = Io::Kind::error, .error = errno};
    default:
      return {.kind = Io::Kind::error};
  }
}

Io Wire::handshake() {
  ERR_clear_error();
  errno = 0;
  return tls_result(SSL_do_handshake(tls_));
}

Outcome Wire::handshake_failure() const {
  const long verified = SSL_get_verify_result(tls_);
  if (verified != X509_V_OK && SSL_get_verify_mode(tls_) != SSL_VERIFY_NONE)
    return {OutcomeKind::certificate, std::string("the certificate was not accepted: ") +
                                          X509_verify_cert_error_string(verified)};
  const unsigned long error = ERR_peek_last_error();
  const char* reason = error != 0 ? ERR_reason_error_string(error) : nullptr;
  return {OutcomeKind::tls, std::string("TLS handshake failed: ") +
                                (reason != nullptr ? reason : "the connection was closed")};
}

Outcome Wire::failure(int error) const {
  if (error != 0) return {OutcomeKind::reset, std::strerror(error)};
  const int reason = tls_ != nullptr ? ERR_GET_REASON(ERR_peek_last_error()) : 0;
  if (reason < SSL_AD_REASON_OFFSET) return {OutcomeKind::reset, "the connection broke"};
  return {OutcomeKind::tls, ERR_reason_error_string(ERR_peek_last_error())};
}

Io Wire::read(std::span<char> buffer) {
  if (tls_ != nullptr) {
    ERR_clear_error();
    errno = 0;
    return tls_result(SSL_read(tls_, buffer.data(), static_cast<int>(buffer.size())));
  }
  const ssize_t got = ::recv(fd_, buffer.data(), buffer.size(), 0);
  if (got < 0) return failed();
  if (got == 0) return {.kind = Io::Kind::end};
  return {.kind = Io::Kind::done, .bytes = static_cast<std::size_t>(got)};
}

Io Wire::write(std::string_view bytes) {
  if (tls_ != nullptr) {
    ERR_clear_error();
    errno = 0;
    return tls_result(SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size())));
  }
  const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent < 0) return failed();
  return {.kind = Io::Kind::done, .bytes = static_cast<std::size_t>(sent)};
}

bool Wire::has_news() const {
  char byte = 0;
  const ssize_t got = ::recv(fd_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

}  // namespace rtctl::net
