#include "proxy/proxy.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <unordered_map>

#include "proxy/endpoint.hpp"
#include "proxy/relay.hpp"

namespace rtctl::proxy {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

constexpr auto kAcceptRetry = std::chrono::milliseconds(100);

void reset_connection(tcp::socket& socket) {
  ErrorCode ignored;
  socket.set_option(asio::socket_base::linger(true, 0), ignored);
  socket.close(ignored);
}

class ProxyImpl final : public Proxy {
 public:
  ProxyImpl(AsioLoop& loop, const ProxyOptions& options, tcp::endpoint upstream,
            tcp::acceptor acceptor)
      : loop_(loop),
        options_(options),
        upstream_(upstream),
        acceptor_(std::move(acceptor)),
        state_(std::make_shared<State>(make_random(options.seed, 0))) {
    accept();
  }

  ~ProxyImpl() override {
    for (auto& [id, relay] : state_->relays)
      relay->close(false);
    state_->relays.clear();
  }

  std::string address() const override { return address_of(acceptor_); }

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
    const auto relay = std::make_shared<Relay>(loop_, std::move(socket), options_.impairment,
                                               state_->counts, state_->random, [weak, id] {
                                                 if (const auto state = weak.lock())
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
  const auto upstream = resolve(loop, options.upstream);
  if (!upstream) return tl::unexpected(upstream.error());
  auto acceptor = listen_on(loop, options.listen);
  if (!acceptor) return tl::unexpected(acceptor.error());
  return std::make_unique<ProxyImpl>(loop, options, *upstream, std::move(*acceptor));
}

}  // namespace rtctl::proxy
