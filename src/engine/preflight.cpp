#include "engine/preflight.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>

namespace rtctl::engine {
namespace {

struct AddressesFree {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, AddressesFree>;

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() {
    if (fd_ >= 0) close(fd_);
  }
  int fd() const { return fd_; }

 private:
  int fd_;
};

std::string numeric(const sockaddr* address, socklen_t length) {
  std::array<char, NI_MAXHOST> text{};
  if (getnameinfo(address, length, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) != 0)
    return "?";
  return text.data();
}

/// 0, or the errno of why not.
int connect_within(int fd, const addrinfo& address, int seconds) {
  if (connect(fd, address.ai_addr, address.ai_addrlen) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  pollfd waiting{.fd = fd, .events = POLLOUT, .revents = 0};
  const int ready = ::poll(&waiting, 1, seconds * 1000);
  if (ready == 0) return ETIMEDOUT;
  int error = 0;
  socklen_t length = sizeof error;
  getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
  return error;
}

Reached reached(int fd, const addrinfo& address) {
  sockaddr_storage local{};
  socklen_t length = sizeof local;
  getsockname(fd, reinterpret_cast<sockaddr*>(&local), &length);
  Reached result;
  result.address = numeric(address.ai_addr, address.ai_addrlen);
  result.is_loopback4 = address.ai_family == AF_INET && result.address.starts_with("127.");
  result.is_same_host =
      result.is_loopback4 || result.address == numeric(reinterpret_cast<sockaddr*>(&local), length);
  return result;
}

}  // namespace

Result<TargetAddress> target_address(const std::string& url) {
  std::string_view rest = url;
  TargetAddress target;
  if (rest.starts_with("https://")) {
    target.is_tls = true;
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else {
    return usage_error(fmt::format("\"{}\" is no http or https URL", url));
  }
  rest = rest.substr(0, rest.find_first_of("/?#"));
  if (const auto at = rest.rfind('@'); at != std::string_view::npos) rest.remove_prefix(at + 1);
  std::size_t host_end = rest.rfind(':');
  if (const auto bracket = rest.find(']'); bracket != std::string_view::npos) {
    target.host = rest.substr(1, bracket - 1);
    host_end = bracket + 1 < rest.size() ? bracket + 1 : std::string_view::npos;
  } else {
    target.host = rest.substr(0, host_end);
  }
  target.port = host_end == std::string_view::npos ? (target.is_tls ? "443" : "80")
                                                   : std::string(rest.substr(host_end + 1));
  if (target.host.empty()) return usage_error(fmt::format("\"{}\" names no host", url));
  return target;
}

Result<Reached> reach(const TargetAddress& target, int seconds) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int code = getaddrinfo(target.host.c_str(), target.port.c_str(), &hints, &list);
  const Addresses addresses(list);
  if (code != 0)
    return fail(ErrorKind::target,
                fmt::format("cannot resolve {}: {}", target.host, gai_strerror(code)));
  int error = 0;
  for (const addrinfo* address = list; address != nullptr; address = address->ai_next) {
    const Socket socket(
        ::socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (socket.fd() < 0) continue;
    error = connect_within(socket.fd(), *address, seconds);
    if (error == 0) return reached(socket.fd(), *address);
  }
  return fail(ErrorKind::target, fmt::format("cannot connect to {}:{}: {}", target.host,
                                             target.port, std::strerror(error)));
}

}  // namespace rtctl::engine
