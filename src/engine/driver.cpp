#include "engine/driver.hpp"

#include <fmt/format.h>

#include "engine/request_builder.hpp"
#include "net/curl_transport.hpp"
#include "net/direct_transport.hpp"

namespace rtctl::engine {
namespace {

class MixedTransport final : public net::Transport {
 public:
  MixedTransport(AsioLoop& loop, std::string target)
      : loop_(&loop), direct_(net::make_direct_transport(loop)), target_(std::move(target)) {}

  std::unique_ptr<net::Channel> open_channel(const net::ChannelOptions& options) override {
    if (!net::direct_obstacle(options, target_)) return direct_->open_channel(options);
    if (!curl_) curl_ = net::make_curl_transport(*loop_);
    return curl_->open_channel(options);
  }

 private:
  AsioLoop* loop_;
  std::unique_ptr<net::Transport> direct_;
  std::unique_ptr<net::Transport> curl_;  ///< made when first needed
  std::string target_;
};

}  // namespace

std::unique_ptr<net::Transport> make_transport(AsioLoop& loop, Driver driver,
                                               const std::string& target) {
  switch (driver) {
    case Driver::direct:
      return net::make_direct_transport(loop);
    case Driver::curl:
      return net::make_curl_transport(loop);
    case Driver::automatic:
      break;
  }
  return std::make_unique<MixedTransport>(loop, target);
}

std::string driver_text(Driver driver, const Scenario& scenario, const std::string& target) {
  if (driver == Driver::curl) return "curl";
  if (driver == Driver::direct) return "direct";
  const auto obstacle = net::direct_obstacle(connection_options(scenario), target);
  return obstacle ? fmt::format("curl ({})", *obstacle) : "direct";
}

}  // namespace rtctl::engine
