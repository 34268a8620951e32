#include "proxy/proxy.hpp"

#include <fmt/format.h>

#include <boost/asio/ip/tcp.hpp>
#include <unordered_map>

#include "proxy/relay.hpp"

namespace rtctl::proxy {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

constexpr auto kAcceptRetry = std::chrono::milliseconds(100);

/// "HOST:PORT" or "[IPv6]:PORT" to an address, through the resolver.
Result<tcp::endpoint> resolve(AsioLoop& loop, const std::string& address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos || colon == 0) {
    return usage_error(
        fmt::format("\"{}\" is not an address; write it like \"127.0.0.1:8080\"", address));
  }
  std::string host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  tcp::resolver resolver(loop.context());
  ErrorCode error;
  const auto found = resolver.resolve(host, address.substr(colon + 1), error);
  if (error) return usage_error(fmt::format("cannot resolve \"{}\": {}", address, error.message()));
  return found.begin()->endpoint();
}

void reset_connection(tcp::socket& socket) {
  ErrorCode ignored;
  socket.set_option(asio::socket_base::linger(true, 0), ignored);
  socket.close(ignored);
}

class ProxyImpl final : public Proxy {
 public:
  ProxyImpl(AsioLoop& loop, const ProxyOptions& options, tcp::endpoint upstream)
      : loop_(loop),
        options_(options),
        upstream_(upstream),
        acceptor_(loop.context()),
        state_(std::make_shared<State>(make_random(options.seed, 0))) {}

  ~ProxyImpl() override {
    for (auto& [id, relay] : state_->relays)
      relay->close(false);
    state_->relays.clear();
  }

  Result<void> listen(const tcp::endpoint& endpoint) {
    ErrorCode error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error)
      return fail(ErrorKind::system,
                  fmt::format("cannot listen on {}: {}", options_.listen, error.message()));
    accept();
    return {};
  }

  std::string address() const override {
    ErrorCode ignored;
    const tcp::endpoint local = acceptor_.local_endpoint(ignored);
    const std::string host = local.address().to_string();
    return fmt::format("{}:{}", local.address().is_v6() ? "[" + host + "]" : host, local.port());
  }

  ProxyCounts counts() const override {
    ProxyCounts counts = state_->counts;
    counts.open = state_->relays.size();
    return counts;
  }

  void set_impairment(const Impairment& impairment) override {
    options_.impairment = impairment;
    for (auto& [id, relay] : state_->relays)
      relay->set_impairment(impairment);
  }

 private:
  /// Shared with the callbacks of relays, the last of which may run after the proxy is gone.
  struct State {
    explicit State(Random seeded) : random(seeded) {}
    Random random;
    ProxyCounts counts;
    std::unordered_map<std::uint64_t, std::shared_ptr<Relay>> relays;
  };

  void accept() {
    acceptor_.async_accept([this](ErrorCode error, tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (error) {
        // Out of descriptors: accepting again at once would spin.
        retry_ = loop_.after(kAcceptRetry, [this] { accept(); });
        return;
      }
      admit(std::move(socket));
      accept();
    });
  }

  void admit(tcp::socket socket) {
    ++state_->counts.accepted;
    const bool full = state_->relays.size() >= options_.connections_max;
    if (full || uniform(state_->random) < options_.impairment.refuse) {
      ++state_->counts.refused;
      return reset_connection(socket);
    }
    const std::uint64_t id = next_id_++;
    const std::weak_ptr<State> weak = state_;
    const auto relay =
        std::make_shared<Relay>(loop_, std::move(socket), options_.impairment, state_->counts,
                                state_->random, [weak, id](RelayEnd how) {
                                  const auto state = weak.lock();
                                  if (!state) return;
                                  if (how == RelayEnd::cut) ++state->counts.cut;
                                  if (how == RelayEnd::unreachable) ++state->counts.refused;
                                  state->relays.erase(id);
                                });
    state_->relays.emplace(id, relay);
    relay->start(upstream_);
  }

  AsioLoop& loop_;
  ProxyOptions options_;
  tcp::endpoint upstream_;
  tcp::acceptor acceptor_;
  std::shared_ptr<State> state_;
  std::uint64_t next_id_ = 0;
  Timer retry_;
};

}  // namespace

Result<std::unique_ptr<Proxy>> start_proxy(AsioLoop& loop, const ProxyOptions& options) {
  const auto listen = resolve(loop, options.listen);
  if (!listen) return tl::unexpected(listen.error());
  const auto upstream = resolve(loop, options.upstream);
  if (!upstream) return tl::unexpected(upstream.error());
  auto proxy = std::make_unique<ProxyImpl>(loop, options, *upstream);
  if (const auto listening = proxy->listen(*listen); !listening)
    return tl::unexpected(listening.error());
  return proxy;
}

}  // namespace rtctl::proxy
