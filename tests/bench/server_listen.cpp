// Many event streams that only count. Usage: server_listen PORT STREAMS SECONDS [QUERY]
// Opens the streams from several loopback addresses, waits until all are greeted, prints "open",
// then counts for SECONDS and prints events, bytes and the fewest and most events of one stream.
#include <arpa/inet.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Stream {
  int fd;
  unsigned long events = 0;
  char last = 0;
};

constexpr int kPerSource = 4000;  // connecting slows down beyond some 9,000 per source address

int connect_from(int source, int port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in from{};
  from.sin_family = AF_INET;
  from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + static_cast<unsigned>(source));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  to.sin_port = htons(static_cast<std::uint16_t>(port));
  if (bind(fd, reinterpret_cast<sockaddr*>(&from), sizeof from) != 0 ||
      connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) {
    std::perror("connect");
    exit(1);
  }
  return fd;
}

/// Blank lines, also those cut by a read.
void count(Stream& stream, const char* data, std::size_t size) {
  for (const char* end = data + size; data < end; ++data) {
    data = static_cast<const char*>(memchr(data, '\n', static_cast<std::size_t>(end - data)));
    if (data == nullptr) break;
    if (stream.last == '\n') ++stream.events;
    stream.last = '\n';
    if (data + 1 < end && data[1] != '\n') stream.last = 0;
  }
  stream.last = size > 0 && (data == nullptr || stream.last != '\n') ? 0 : stream.last;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  const int port = std::atoi(argv[1]);
  const auto wanted = static_cast<std::size_t>(std::atol(argv[2]));
  const std::string request = std::string("GET /api/events") + (argc > 4 ? argv[4] : "") +
                              " HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n";
  const int epoll = epoll_create1(0);
  std::vector<Stream> streams(wanted);
  for (std::size_t i = 0; i < wanted; ++i) {
    streams[i].fd = connect_from(static_cast<int>(i) / kPerSource, port);
    if (send(streams[i].fd, request.data(), request.size(), 0) < 0) return 1;
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &streams[i];
    epoll_ctl(epoll, EPOLL_CTL_ADD, streams[i].fd, &event);
  }
  std::vector<epoll_event> ready(1024);
  std::vector<char> buffer(1 << 20);
  unsigned long bytes = 0;
  bool counting = false;
  std::size_t greeted = 0;
  auto end = Clock::now() + std::chrono::seconds(60);
  const auto duration = std::chrono::duration<double>(std::atof(argv[3]));
  while (Clock::now() < end) {
    const int got = epoll_wait(epoll, ready.data(), static_cast<int>(ready.size()), 100);
    for (int i = 0; i < got; ++i) {
      Stream& stream = *static_cast<Stream*>(ready[static_cast<std::size_t>(i)].data.ptr);
      const ssize_t size = recv(stream.fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (size == 0) return std::fprintf(stderr, "a stream ended\n"), 1;
      if (size < 0) continue;
      if (!counting && stream.events == 0) ++greeted;
      if (!counting) stream.events = 1;
      if (!counting) continue;
      bytes += static_cast<unsigned long>(size);
      count(stream, buffer.data(), static_cast<std::size_t>(size));
    }
    if (counting || greeted < wanted) continue;
    counting = true;
    for (Stream& stream : streams)
      stream.events = 0;
    std::puts("open");
    std::fflush(stdout);
    end = Clock::now() + std::chrono::duration_cast<Clock::duration>(duration);
  }
  if (!counting) return std::fprintf(stderr, "only %zu streams were greeted\n", greeted), 1;
  unsigned long events = 0;
  for (const Stream& stream : streams)
    events += stream.events;
  const auto [least, most] = std::ranges::minmax_element(streams, {}, &Stream::events);
  std::printf("%lu %lu %lu %lu\n", events, bytes, least->events, most->events);
}
