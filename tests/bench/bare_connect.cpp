// The floor for opening connections: socket, bind, connect, epoll_ctl, wait until all are there.
//   bench_bare_connect --port PORT --streams N --sources K [--at-once 200]
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <vector>

#include "usage.hpp"

using namespace rtctl;

namespace {

/// Connects without waiting and sends the request when the socket is writable.
int open_one(unsigned long index, unsigned long sources, unsigned long port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  sockaddr_in source{};
  source.sin_family = AF_INET;
  source.sin_addr.s_addr = htonl(0x7F000101U + static_cast<std::uint32_t>(index % sources));
  ::bind(fd, reinterpret_cast<sockaddr*>(&source), sizeof source);
  sockaddr_in target{};
  target.sin_family = AF_INET;
  target.sin_port = htons(static_cast<std::uint16_t>(port));
  target.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ::connect(fd, reinterpret_cast<sockaddr*>(&target), sizeof target);
  return fd;
}

}  // namespace

int main(int argc, char** argv) {
  using Clock = std::chrono::steady_clock;
  bench::raise_descriptors();
  const auto port = std::stoul(bench::argument(argc, argv, "--port", "8080"));
  const auto streams = std::stoul(bench::argument(argc, argv, "--streams", "1000"));
  const auto sources = std::stoul(bench::argument(argc, argv, "--sources", "4"));
  const auto at_once = std::stoul(bench::argument(argc, argv, "--at-once", "200"));
  const int poller = ::epoll_create1(0);
  constexpr std::string_view kRequest = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  std::vector<epoll_event> events(512);
  char buffer[4096];
  std::size_t opened = 0;
  std::size_t answered = 0;
  const auto began = Clock::now();
  const double cpu = bench::cpu_us();
  while (answered < streams) {
    for (; opened < streams && opened < answered + at_once; ++opened) {
      const int fd = open_one(opened, sources, port);
      epoll_event both{.events = EPOLLIN | EPOLLOUT | EPOLLET, .data = {.fd = fd}};
      ::epoll_ctl(poller, EPOLL_CTL_ADD, fd, &both);
    }
    const int ready = ::epoll_wait(poller, events.data(), static_cast<int>(events.size()), 100);
    for (int i = 0; i < ready; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      if ((event.events & EPOLLIN) != 0)
        answered += ::recv(event.data.fd, buffer, sizeof buffer, 0) > 0 ? 1 : 0;
      else
        ::send(event.data.fd, kRequest.data(), kRequest.size(), MSG_NOSIGNAL);
    }
  }
  const double taken = std::chrono::duration<double>(Clock::now() - began).count();
  fmt::print("{{\"open\": {}, \"connects_per_s\": {:.0f}, \"connect_cpu_us\": {:.2f}}}\n", answered,
             static_cast<double>(streams) / taken,
             (bench::cpu_us() - cpu) / static_cast<double>(streams));
  return 0;
}
