#include "server/listener.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

namespace rtctl::server {
namespace {

constexpr int kBacklog = 4096;        // the kernel caps it at net.core.somaxconn
constexpr int kAcceptsPerTurn = 256;  // before other work of the loop has its turn

struct AddressDeleter {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

std::string without_port(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
  } else {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
  }
  return text;
}

std::string with_port(const sockaddr_storage& address) {
  const bool is_v6 = address.ss_family == AF_INET6;
  const in_port_t port = is_v6 ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                               : reinterpret_cast<const sockaddr_in&>(address).sin_port;
  const std::string host = without_port(address);
  return (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(ntohs(port));
}

class ListenerImpl final : public Listener, public Watcher {
 public:
  ListenerImpl(int fd, std::string address) : fd_(fd), address_(std::move(address)) {
    spare_ = open("/dev/null", O_RDONLY | O_CLOEXEC);
  }

  ~ListenerImpl() override {
    if (poller_ != nullptr) poller_->remove(fd_, *this);
    close(fd_);
    if (spare_ >= 0) close(spare_);
  }

  const std::string& address() const override { return address_; }

  void start(Poller& poller, Accepted accepted) override {
    accepted_ = std::move(accepted);
    if (poller.add(fd_, EPOLLIN, *this)) poller_ = &poller;
  }

  void on_ready(std::uint32_t) override {
    for (int i = 0; i < kAcceptsPerTurn; ++i) {
      sockaddr_storage peer{};
      socklen_t length = sizeof peer;
      const int fd =
          accept4(fd_, reinterpret_cast<sockaddr*>(&peer), &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd >= 0) {
        accepted_(fd, without_port(peer));
      } else if (errno == EMFILE || errno == ENFILE) {
        if (!shed_one()) return;
      } else if (errno != EINTR && errno != ECONNABORTED) {
        return;
      }
    }
  }

 private:
  /// No descriptor is left: without this the connection would stay in the queue and the loop spin.
  bool shed_one() {
    if (spare_ < 0) return false;
    close(spare_);
    const int fd = accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd >= 0) close(fd);
    spare_ = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return fd >= 0;
  }

  int fd_;
  int spare_;
  std::string address_;
  Poller* poller_ = nullptr;
  Accepted accepted_;
};

Result<int> bound_socket(const ListenAddress& address) {
  const auto& where = reinterpret_cast<const sockaddr&>(address.socket_address);
  const int fd = socket(where.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return fail(ErrorKind::system, std::string("cannot make a socket: ") + std::strerror(errno));
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (where.sa_family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (bind(fd, &where, address.length) == 0 && listen(fd, kBacklog) == 0) return fd;
  const std::string message = "cannot listen on " + address.name + ": " + std::strerror(errno);
  close(fd);
  return usage_error(message);
}

struct HostAndPort {
  std::string host, port;
};

/// Brackets around a v6 address are taken off; nullopt when the text is none of that kind.
std::optional<HostAndPort> split(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  HostAndPort parts{text.substr(0, colon), text.substr(colon + 1)};
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (parts.port.empty() || parts.port.size() > 5 || !std::ranges::all_of(parts.port, is_digit) ||
      std::stoi(parts.port) > 65535)
    return std::nullopt;
  if (parts.host.starts_with('[') && parts.host.ends_with(']'))
    parts.host = parts.host.substr(1, parts.host.size() - 2);
  else if (parts.host.find(':') != std::string::npos)
    return std::nullopt;
  // "localhost" is an address of the v4 loopback too, everywhere; a host without v6 stays usable.
  if (parts.host.empty() || parts.host == "localhost") parts.host = "127.0.0.1";
  return parts;
}

}  // namespace

bool ListenAddress::is_loopback() const {
  if (socket_address.ss_family == AF_INET6) {
    const in6_addr& v6 = reinterpret_cast<const sockaddr_in6&>(socket_address).sin6_addr;
    return IN6_IS_ADDR_LOOPBACK(&v6) || (IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == 127);
  }
  const auto& v4 = reinterpret_cast<const sockaddr_in&>(socket_address);
  return ntohl(v4.sin_addr.s_addr) >> 24 == 127;
}

Result<ListenAddress> find_listen_address(const std::string& text) {
  const auto parts = split(text);
  if (!parts)
    return usage_error("\"" + text +
                       "\" is no address to listen on; write it like 127.0.0.1:8080 or [::1]:8080");
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const int error = getaddrinfo(parts->host.c_str(), parts->port.c_str(), &hints, &list);
  const std::unique_ptr<addrinfo, AddressDeleter> owned(list);
  if (error != 0) return usage_error("cannot listen on " + text + ": " + gai_strerror(error));
  ListenAddress address{.name = text, .socket_address = {}, .length = list->ai_addrlen};
  std::memcpy(&address.socket_address, list->ai_addr, list->ai_addrlen);
  return address;
}

Result<std::unique_ptr<Listener>> open_listener(const ListenAddress& address) {
  const auto fd = bound_socket(address);
  if (!fd) return tl::unexpected(fd.error());
  sockaddr_storage bound{};
  socklen_t length = sizeof bound;
  getsockname(*fd, reinterpret_cast<sockaddr*>(&bound), &length);
  return std::make_unique<ListenerImpl>(*fd, with_port(bound));
}

}  // namespace rtctl::server
