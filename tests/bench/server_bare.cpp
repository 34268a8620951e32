// The least a server can do, as the measure for the real one: epoll, send, nothing else.
// Usage: server_bare TICK_MS BODY_BYTES. Prints its port. GET /api/events is a stream of events of
// about the reference server's size; any other request gets 200 with BODY_BYTES bytes.
#include <arpa/inet.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

constexpr char kHead[] =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
    "retry: 2000\ndata: Connected\n\n";

int listen_anywhere() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), length) != 0 || listen(fd, 4096) != 0)
    exit(1);
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length);
  std::printf("%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  return fd;
}

void watch(int epoll, int fd, unsigned how = 0) {
  epoll_event event{};
  event.events = EPOLLIN | how;
  event.data.fd = fd;
  epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  const long tick_ms = std::atol(argv[1]);
  const std::string body(static_cast<std::size_t>(std::atol(argv[2])), 'x');
  const std::string answer =
      "HTTP/1.1 200 OK\r\nDate: Mon, 23 Nov 2026 23:21:19 GMT\r\n"
      "Content-Type: application/json\r\nCache-Control: no-cache\r\n"
      "Content-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body;
  const int listener = listen_anywhere();
  const int epoll = epoll_create1(0);
  const int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  const itimerspec every{{tick_ms / 1000, tick_ms % 1000 * 1'000'000},
                         {tick_ms / 1000, tick_ms % 1000 * 1'000'000}};
  timerfd_settime(timer, 0, &every, nullptr);
  watch(epoll, listener);
  watch(epoll, timer);
  std::vector<int> streams;
  std::vector<epoll_event> events(512);
  char buffer[65536];
  unsigned long id = 0;
  while (true) {
    const int ready = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < ready; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (fd == listener) {
        int accepted = -1;
        while ((accepted = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK)) >= 0)
          watch(epoll, accepted, EPOLLET);  // one recv takes all there is
      } else if (fd == timer) {
        std::uint64_t expirations = 0;
        if (read(timer, &expirations, sizeof expirations) < 0) continue;
        char event[160];
        const int size = std::snprintf(
            event, sizeof event,
            "id: %lu\ndata: {\"timestamp\":\"2026-11-23T23:21:19.034737Z\",\"value\":0.216909}\n\n",
            ++id);
        for (const int stream : streams)
          (void)!send(stream, event, static_cast<std::size_t>(size), MSG_NOSIGNAL);
      } else {
        const ssize_t count = recv(fd, buffer, sizeof buffer, 0);
        if (count <= 0) {
          std::erase(streams, fd);
          close(fd);
        } else if (memmem(buffer, static_cast<std::size_t>(count), "/api/events", 11) != nullptr) {
          (void)!send(fd, kHead, sizeof kHead - 1, MSG_NOSIGNAL);
          streams.push_back(fd);
        } else {
          (void)!send(fd, answer.data(), answer.size(), MSG_NOSIGNAL);
        }
      }
    }
  }
}
