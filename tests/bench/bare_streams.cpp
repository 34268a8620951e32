// The floor for event streams: epoll, recv, and a search for the blank line that ends an event. CPU
// time per event.
//   bench_bare_streams --port PORT --streams N --seconds S
#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <vector>

#include "usage.hpp"

using namespace rtctl;

int main(int argc, char** argv) {
  using Clock = std::chrono::steady_clock;
  bench::raise_descriptors();
  const auto port = std::stoul(bench::argument(argc, argv, "--port", "8080"));
  const auto streams = std::stoul(bench::argument(argc, argv, "--streams", "1000"));
  const double seconds = std::stod(bench::argument(argc, argv, "--seconds", "5"));
  const auto sources = std::stoul(bench::argument(argc, argv, "--sources", "4"));
  const int poller = ::epoll_create1(0);
  constexpr std::string_view kRequest = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  for (std::size_t i = 0; i < streams; ++i) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    const int on = 1;
    sockaddr_in source{};
    source.sin_family = AF_INET;
    source.sin_addr.s_addr = htonl(0x7F000101U + static_cast<std::uint32_t>(i % sources));
    ::setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    ::bind(fd, reinterpret_cast<sockaddr*>(&source), sizeof source);
    sockaddr_in target{};
    target.sin_family = AF_INET;
    target.sin_port = htons(static_cast<std::uint16_t>(port));
    target.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd, reinterpret_cast<sockaddr*>(&target), sizeof target) != 0) return 1;
    ::send(fd, kRequest.data(), kRequest.size(), MSG_NOSIGNAL);
    // Edge-triggered: otherwise the kernel asks every socket once more whether it is empty now.
    epoll_event reading{.events = EPOLLIN | EPOLLET, .data = {.fd = fd}};
    ::epoll_ctl(poller, EPOLL_CTL_ADD, fd, &reading);
  }
  std::vector<epoll_event> events(512);
  std::vector<char> buffer(64 * 1024);
  std::uint64_t count = 0;
  double cpu = 0;
  const auto began = Clock::now() + std::chrono::seconds(1);
  const auto end =
      began + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  bool is_warm = false;
  while (Clock::now() < end) {
    if (!is_warm && Clock::now() >= began) {
      is_warm = true;
      count = 0;
      cpu = bench::cpu_us();
    }
    const int ready = ::epoll_wait(poller, events.data(), static_cast<int>(events.size()), 100);
    for (int i = 0; i < ready; ++i) {
      const auto got = ::recv(events[static_cast<std::size_t>(i)].data.fd, buffer.data(),
                              buffer.size(), MSG_DONTWAIT);
      const char* at = buffer.data();
      for (auto left = got; left > 0;) {
        const auto* hit =
            static_cast<const char*>(::memmem(at, static_cast<std::size_t>(left), "\n\n", 2));
        if (hit == nullptr) break;
        ++count;
        left -= hit + 2 - at;
        at = hit + 2;
      }
    }
  }
  cpu = bench::cpu_us() - cpu;
  fmt::print("{{\"events\": {}, \"cpu_us\": {:.3f}}}\n", count, cpu / static_cast<double>(count));
  return count > 0 ? 0 : 1;
}
