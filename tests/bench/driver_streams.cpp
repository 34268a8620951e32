// Event streams through one of the drivers, parsed: memory per stream and CPU time per event.
//   bench_driver_streams --driver direct|curl --url URL --streams N --seconds S --sources K
#include <fmt/format.h>

#include <memory>
#include <vector>

#include "net/curl_transport.hpp"
#include "net/direct_transport.hpp"
#include "rtctl/sse.hpp"
#include "usage.hpp"

using namespace rtctl;

namespace {

struct Counts {
  std::uint64_t open = 0;
  std::uint64_t failed = 0;
  std::uint64_t events = 0;
  std::uint64_t bytes = 0;
};

class User final : public net::ExchangeHandler, public sse::Listener {
 public:
  User(std::unique_ptr<net::Channel> channel, Counts& counts)
      : channel_(std::move(channel)), counts_(counts) {}

  void start(const net::Request& request) { channel_->start(request, *this); }
  void on_head(const net::ResponseHead&) override { ++counts_.open; }
  void on_body(std::string_view bytes, TimePoint) override {
    counts_.bytes += bytes.size();
    if (!parser_.feed(bytes, *this)) channel_->cancel();
  }
  void on_event(const sse::Event&) override { ++counts_.events; }
  void on_end(const net::Outcome& outcome) override {
    if (counts_.failed++ == 0) fmt::print(stderr, "a stream ended: {}\n", outcome.detail);
  }

 private:
  std::unique_ptr<net::Channel> channel_;
  Counts& counts_;
  sse::Parser parser_;
};

}  // namespace

int main(int argc, char** argv) {
  bench::raise_descriptors();
  const auto loop = make_asio_loop();
  const bool is_curl = bench::argument(argc, argv, "--driver", "direct") == "curl";
  const auto transport =
      is_curl ? net::make_curl_transport(*loop) : net::make_direct_transport(*loop);
  const auto wanted = std::stoul(bench::argument(argc, argv, "--streams", "1000"));
  const double seconds = std::stod(bench::argument(argc, argv, "--seconds", "5"));
  const auto sources = std::stoul(bench::argument(argc, argv, "--sources", "4"));
  const auto at_once = std::stoul(bench::argument(argc, argv, "--at-once", "200"));
  const net::Request request{.url = bench::argument(argc, argv, "--url", "http://127.0.0.1:8080/"),
                             .headers = {{"Accept", "text/event-stream"}}};
  Counts counts;
  std::vector<std::unique_ptr<User>> users;
  users.reserve(wanted);
  const double heap_before = bench::heap_bytes();
  const double resident_before = bench::resident_bytes();
  const TimePoint began = loop->now();
  double connect_seconds = 0;
  double cpu_connect = bench::cpu_us();
  double heap = 0;
  double resident = 0;
  double cpu = 0;
  Timer step;
  Timer end;
  std::function<void()> ramp = [&] {
    while (users.size() < wanted && users.size() < counts.open + counts.failed + at_once) {
      const auto source = fmt::format("127.0.1.{}", users.size() % sources + 1);
      users.push_back(
          std::make_unique<User>(transport->open_channel({.source_address = source}), counts));
      users.back()->start(request);
    }
    if (counts.open + counts.failed < wanted) {
      step = loop->after(std::chrono::microseconds(200), ramp);
      return;
    }
    connect_seconds = std::chrono::duration<double>(loop->now() - began).count();
    cpu_connect = bench::cpu_us() - cpu_connect;
    step = loop->after(std::chrono::seconds(1), [&] {
      heap = bench::heap_bytes() - heap_before;
      resident = bench::resident_bytes() - resident_before;
      counts.events = 0;
      cpu = bench::cpu_us();
      end =
          loop->after(std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds)),
                      [&] { loop->stop(); });
    });
  };
  loop->post(ramp);
  loop->run();
  cpu = bench::cpu_us() - cpu;
  const auto n = static_cast<double>(wanted);
  fmt::print(
      "{{\"open\": {}, \"failed\": {}, \"connects_per_s\": {:.0f}, \"connect_cpu_us\": {:.2f}, "
      "\"events\": {}, \"cpu_us\": {:.3f}, \"heap_per_stream\": {:.0f}, "
      "\"resident_per_stream\": {:.0f}}}\n",
      counts.open, counts.failed, n / connect_seconds, cpu_connect / n, counts.events,
      counts.events > 0 ? cpu / static_cast<double>(counts.events) : 0, heap / n, resident / n);
  return counts.failed == 0 ? 0 : 1;
}
