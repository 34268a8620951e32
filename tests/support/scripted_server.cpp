#include "support/scripted_server.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <stdexcept>
#include <utility>

namespace rtctl::test {
namespace {

int listen_on_loopback(int& port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(fd, 128) != 0)
    throw std::runtime_error("cannot listen on 127.0.0.1");
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  port = ntohs(address.sin_port);
  return fd;
}

std::size_t content_length(std::string head) {
  std::ranges::transform(head, head.begin(), [](unsigned char c) { return std::tolower(c); });
  const std::size_t at = head.find("content-length:");
  if (at == std::string::npos) return 0;
  const std::size_t digits = head.find_first_of("0123456789", at);
  std::size_t length = 0;
  std::from_chars(head.data() + digits, head.data() + head.size(), length);
  return length;
}

std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> make_tls(const TlsFiles& files) {
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> tls(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (SSL_CTX_use_certificate_chain_file(tls.get(), files.certificate.c_str()) != 1 ||
      SSL_CTX_use_PrivateKey_file(tls.get(), files.key.c_str(), SSL_FILETYPE_PEM) != 1)
    throw std::runtime_error("cannot load the certificate of the test");
  if (!files.client_ca.empty()) {
    SSL_CTX_load_verify_locations(tls.get(), files.client_ca.c_str(), nullptr);
    SSL_CTX_set_verify(tls.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  return tls;
}

}  // namespace

Peer::~Peer() {
  close();
}

void Peer::close() {
  if (tls_ != nullptr && !reset_) SSL_shutdown(tls_);
  SSL_free(std::exchange(tls_, nullptr));
}

std::string Peer::read_some(std::size_t bytes_max) {
  std::string bytes(bytes_max, '\0');
  const auto got = tls_ != nullptr ? SSL_read(tls_, bytes.data(), static_cast<int>(bytes_max))
                                   : ::recv(fd_, bytes.data(), bytes_max, 0);
  bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return bytes;
}

std::string Peer::read_request() {
  std::string request;
  std::size_t head_end = std::string::npos;
  while (head_end == std::string::npos) {
    const std::string byte = read_some(1);
    if (byte.empty()) return {};
    request += byte;
    head_end = request.find("\r\n\r\n");
  }
  const std::size_t whole = head_end + 4 + content_length(request.substr(0, head_end));
  while (request.size() < whole) {
    const std::string more = read_some(whole - request.size());
    if (more.empty()) return {};
    request += more;
  }
  return request;
}

bool Peer::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = tls_ != nullptr
                          ? SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()))
                          : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void Peer::send_bytewise(std::string_view bytes) {
  for (const char& byte : bytes) {
    if (!send({&byte, 1})) return;
    std::this_thread::yield();
  }
}

void Peer::wait_for_close() {
  while (!read_some(4096).empty()) {
  }
}

void Peer::reset() {
  const linger now{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  reset_ = true;
}

ScriptedServer::ScriptedServer(Script script, const TlsFiles* tls) : script_(std::move(script)) {
  if (tls != nullptr) tls_ = make_tls(*tls);
  listener_ = listen_on_loopback(port_);
  acceptor_ = std::thread([this] { accept_all(); });
}

ScriptedServer::~ScriptedServer() {
  stop_listening();
  std::vector<std::thread> threads;
  {
    const std::lock_guard lock(mutex_);
    for (const int fd : open_)
      ::shutdown(fd, SHUT_RDWR);
    threads = std::move(threads_);
  }
  for (std::thread& thread : threads)
    thread.join();
}

std::string ScriptedServer::url(std::string_view path) const {
  return std::string(tls_ != nullptr ? "https" : "http") + "://127.0.0.1:" + std::to_string(port_) +
         std::string(path);
}

std::string ScriptedServer::last_client() {
  const std::lock_guard lock(mutex_);
  return last_client_;
}

void ScriptedServer::stop_listening() {
  if (stopping_.exchange(true)) return;
  acceptor_.join();
  ::close(listener_);
}

void ScriptedServer::accept_all() {
  pollfd wait{.fd = listener_, .events = POLLIN, .revents = 0};
  while (!stopping_) {
    if (::poll(&wait, 1, 20) <= 0) continue;
    sockaddr_in address{};
    socklen_t size = sizeof address;
    const int fd = ::accept4(listener_, reinterpret_cast<sockaddr*>(&address), &size, SOCK_CLOEXEC);
    if (fd < 0) continue;
    const int on = 1;
    const timeval limit{.tv_sec = 20, .tv_usec = 0};
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    const int connection = connections_++;
    const std::lock_guard lock(mutex_);
    open_.push_back(fd);
    last_client_ = ::inet_ntoa(address.sin_addr);
    threads_.emplace_back([this, fd, connection] { serve(fd, connection); });
  }
}

void ScriptedServer::serve(int fd, int connection) {
  SSL* tls = tls_ != nullptr ? SSL_new(tls_.get()) : nullptr;
  if (tls != nullptr) SSL_set_fd(tls, fd);
  if (tls == nullptr || SSL_accept(tls) == 1) {
    Peer peer(fd, std::exchange(tls, nullptr));
    script_(peer, connection);
  } else {
    // With TLS 1.3 the client may be sending already: closing on unread bytes would reset the
    // connection and take the alert with it.
    ::shutdown(fd, SHUT_WR);
    for (char rest[1024]; ::read(fd, rest, sizeof rest) > 0;) {
    }
  }
  SSL_free(tls);
  const std::lock_guard lock(mutex_);
  std::erase(open_, fd);
  ::close(fd);
}

int unused_port() {
  int port = 0;
  ::close(listen_on_loopback(port));
  return port;
}

}  // namespace rtctl::test
