// GETs in a closed loop through one of the drivers: CPU time per request.
//   bench_driver_requests --driver direct|curl --url URL --connections N --seconds S
#include <fmt/format.h>

#include <memory>
#include <vector>

#include "net/curl_transport.hpp"
#include "net/direct_transport.hpp"
#include "usage.hpp"

using namespace rtctl;

namespace {

struct Counts {
  std::uint64_t requests = 0;
  std::uint64_t errors = 0;
  bool is_over = false;
};

class User final : public net::ExchangeHandler {
 public:
  User(net::Transport& transport, const net::Request& request, Counts& counts)
      : channel_(transport.open_channel({})), request_(request), counts_(counts) {}

  void start() { channel_->start(request_, *this); }
  void on_head(const net::ResponseHead&) override {}
  void on_body(std::string_view, TimePoint) override {}
  void on_end(const net::Outcome& outcome) override {
    ++(outcome.kind == net::OutcomeKind::complete ? counts_.requests : counts_.errors);
    if (!counts_.is_over) start();
  }

 private:
  std::unique_ptr<net::Channel> channel_;
  const net::Request& request_;
  Counts& counts_;
};

}  // namespace

int main(int argc, char** argv) {
  bench::raise_descriptors();
  const auto loop = make_asio_loop();
  const bool is_curl = bench::argument(argc, argv, "--driver", "direct") == "curl";
  const auto transport =
      is_curl ? net::make_curl_transport(*loop) : net::make_direct_transport(*loop);
  const auto users_wanted = std::stoul(bench::argument(argc, argv, "--connections", "64"));
  const double seconds = std::stod(bench::argument(argc, argv, "--seconds", "3"));
  const net::Request request{.url = bench::argument(argc, argv, "--url", "http://127.0.0.1:8080/")};
  Counts counts;
  std::vector<std::unique_ptr<User>> users;
  for (std::size_t i = 0; i < users_wanted; ++i) {
    users.push_back(std::make_unique<User>(*transport, request, counts));
    users.back()->start();
  }
  double cpu = 0;
  const Timer warm = loop->after(std::chrono::milliseconds(500), [&] {
    cpu = bench::cpu_us();
    counts = {};
  });
  const auto span = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
  const Timer end = loop->after(std::chrono::milliseconds(500) + span, [&] { loop->stop(); });
  loop->run();
  cpu = bench::cpu_us() - cpu;
  counts.is_over = true;
  fmt::print("{{\"requests\": {}, \"errors\": {}, \"rate\": {:.0f}, \"cpu_us\": {:.3f}}}\n",
             counts.requests, counts.errors, static_cast<double>(counts.requests) / seconds,
             cpu / static_cast<double>(counts.requests));
  return counts.requests > 0 ? 0 : 1;
}
