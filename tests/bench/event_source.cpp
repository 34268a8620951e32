// Sends the same event to every subscriber, by a bare epoll loop: the other end of the stream
// benchmarks. Prints its port, runs until it is killed.
//   bench_event_source --rate EVENTS_PER_SECOND [--bytes 150] [--spread 1]
// With `--spread 1` the subscribers' events are spread over the period, otherwise they go out in
// one burst, as from a broadcast.
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

constexpr std::string_view kHead =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

int listen_on_loopback() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_ANY);
  socklen_t size = sizeof address;
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(fd, 4096) != 0)
    return -1;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  fmt::print("{}\n", ntohs(address.sin_port));
  std::fflush(stdout);
  return fd;
}

std::string make_event(std::size_t bytes) {
  std::string event =
      "id: 1234567\ndata: {\"timestamp\":\"2026-01-31T12:00:00.123456Z\",\"value\":0.42";
  event += ",\"fill\":\"";
  event.append(bytes > event.size() + 4 ? bytes - event.size() - 4 : 0, 'x');
  event += "\"}\n\n";
  return fmt::format("{:x}\r\n{}\r\n", event.size(), event);
}

}  // namespace

int main(int argc, char** argv) {
  using Clock = std::chrono::steady_clock;
  bench::raise_descriptors();
  const double rate = std::stod(bench::argument(argc, argv, "--rate", "1"));
  const std::string event = make_event(std::stoul(bench::argument(argc, argv, "--bytes", "150")));
  const bool spread = bench::argument(argc, argv, "--spread", "0") == "1";
  const int listener = listen_on_loopback();
  const int poller = ::epoll_create1(0);
  epoll_event listening{.events = EPOLLIN, .data = {.fd = listener}};
  ::epoll_ctl(poller, EPOLL_CTL_ADD, listener, &listening);
  std::vector<int> waiting;  // accepted, the request has not come yet
  std::vector<int> subscribers;
  const auto period = std::chrono::duration_cast<Clock::duration>(
      std::chrono::duration<double>(rate > 0 ? 1 / rate : 1e6));
  auto next = Clock::now() + period;
  auto round_began = Clock::now();
  std::size_t sent = 0;
  std::vector<epoll_event> events(1024);
  char buffer[4096];
  for (;;) {
    const int ready = ::epoll_wait(poller, events.data(), static_cast<int>(events.size()), 1);
    for (int i = 0; i < ready; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (fd == listener) {
        for (int peer = 0; (peer = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK)) >= 0;) {
          const int on = 1;
          ::setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
          epoll_event reading{.events = EPOLLIN, .data = {.fd = peer}};
          ::epoll_ctl(poller, EPOLL_CTL_ADD, peer, &reading);
        }
      } else if (::recv(fd, buffer, sizeof buffer, 0) > 0) {
        ::send(fd, kHead.data(), kHead.size(), MSG_NOSIGNAL);
        subscribers.push_back(fd);
      } else {
        std::erase(subscribers, fd);
        ::close(fd);
      }
    }
    const auto now = Clock::now();
    if (now >= next) {  // a new round
      for (; sent < subscribers.size() && spread; ++sent)
        ::send(subscribers[sent], event.data(), event.size(), MSG_NOSIGNAL);
      sent = 0;
      round_began = next;
      next += period;
    }
    const double part = spread ? std::chrono::duration<double>(now - round_began) /
                                     std::chrono::duration<double>(period)
                               : 1;
    const auto due =
        static_cast<std::size_t>(std::min(1.0, part) * static_cast<double>(subscribers.size()));
    for (; sent < due && sent < subscribers.size(); ++sent)
      ::send(subscribers[sent], event.data(), event.size(), MSG_NOSIGNAL);
  }
}
