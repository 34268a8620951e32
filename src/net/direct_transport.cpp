#include "net/direct_transport.hpp"

#include "net/curl_multi.hpp"
#include "net/curl_share.hpp"
#include "net/curl_sockets.hpp"
#include "net/direct_channel.hpp"
#include "net/direct_context.hpp"

namespace rtctl::net {
namespace {

/// libcurl's part is small: one multi for the first connections.
class DirectTransport final : public Transport {
 public:
  DirectTransport(AsioLoop& loop, std::unique_ptr<Poller> poller)
      : share_(make_curl_share()),
        sockets_(loop),
        environment_{.loop = loop, .sockets = &sockets_, .share = share_.get()},
        multi_(loop, sockets_, [](CurlMulti&) {}),
        context_(loop, std::move(poller), environment_, multi_) {}

  std::unique_ptr<Channel> open_channel(const ChannelOptions& options) override {
    return std::make_unique<DirectChannel>(context_, context_.profile(options));
  }

 private:
  CurlShare share_;
  CurlSockets sockets_;
  CurlEnvironment environment_;
  CurlMulti multi_;
  DirectContext context_;
};

}  // namespace

std::unique_ptr<Transport> make_direct_transport(AsioLoop& loop) {
  auto poller = make_poller(loop);
  return std::make_unique<DirectTransport>(loop, poller ? std::move(*poller) : nullptr);
}

}  // namespace rtctl::net
