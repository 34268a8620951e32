#include "engine/impaired_path.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "base/asio_loop.hpp"
#include "proxy/proxy.hpp"
#include "proxy/settings.hpp"

namespace rtctl::engine {
namespace {

/// What a scenario leaves at zero is the preset's.
template <typename T>
void override_with(T& value, const T& own) {
  if (own != T{}) value = own;
}

proxy::Impairment impairment_of(const NetworkImpairment& network) {
  proxy::Impairment result;
  const auto preset = std::ranges::find(proxy::presets(), network.preset, &proxy::Preset::name);
  if (preset != proxy::presets().end()) result = preset->impairment;
  override_with(result.latency, network.latency);
  override_with(result.jitter, network.jitter);
  override_with(result.bandwidth, network.bandwidth_bytes_per_second);
  override_with(result.slow_open, network.slow_open);
  override_with(result.stall_every, network.stall_every);
  override_with(result.stall, network.stall);
  override_with(result.cut_every, network.cut_every);
  override_with(result.cut_after, network.cut_after_bytes);
  override_with(result.reset, network.reset);
  override_with(result.segment, network.segment_bytes);
  override_with(result.refuse, network.refuse);
  return result;
}

std::string host_and_port(const TargetAddress& target) {
  const bool is_ipv6 = target.host.find(':') != std::string::npos;
  return fmt::format(fmt::runtime(is_ipv6 ? "[{}]:{}" : "{}:{}"), target.host, target.port);
}

class ProxyThread final : public ImpairedPath {
 public:
  ProxyThread(std::unique_ptr<AsioLoop> loop, std::unique_ptr<proxy::Proxy> proxy,
              const proxy::Impairment& impairment, std::string_view path)
      : loop_(std::move(loop)),
        proxy_(std::move(proxy)),
        url_(fmt::format("http://{}{}", proxy_->address(), path)),
        note_(fmt::format("All connections went through an impaired path ({}).",
                          proxy::format_settings(impairment))),
        thread_([this] { loop_->run(); }) {}

  ~ProxyThread() override {
    loop_->post([this] {
      proxy_.reset();  // on the thread it belongs to
      loop_->stop();
    });
    thread_.join();
  }

  const std::string& url() const override { return url_; }
  std::string note() const override { return note_; }

 private:
  std::unique_ptr<AsioLoop> loop_;
  std::unique_ptr<proxy::Proxy> proxy_;
  std::string url_;
  std::string note_;
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<ImpairedPath>> start_impaired_path(const NetworkImpairment& network,
                                                          const std::string& target_url,
                                                          const TargetAddress& target,
                                                          std::uint64_t seed) {
  if (target.is_tls)
    return usage_error(
        "network: needs an http target; the certificate of an https one does not fit the path");
  const proxy::Impairment impairment = impairment_of(network);
  auto loop = make_asio_loop();
  auto proxy = proxy::start_proxy(*loop, {.upstream = host_and_port(target),
                                          .impairment = impairment,
                                          .seed = std::max<std::uint64_t>(1, seed)});
  if (!proxy) return tl::unexpected(proxy.error());
  const std::size_t path_begin = target_url.find('/', std::string_view("http://").size());
  const std::string path = path_begin == std::string::npos ? "" : target_url.substr(path_begin);
  return std::make_unique<ProxyThread>(std::move(loop), std::move(*proxy), impairment, path);
}

}  // namespace rtctl::engine
