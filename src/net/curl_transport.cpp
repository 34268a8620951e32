#include "net/curl_transport.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "net/curl_multi.hpp"
#include "net/curl_share.hpp"
#include "net/curl_sockets.hpp"
#include "net/curl_transfer.hpp"
#include "net/request_check.hpp"

namespace rtctl::net {
namespace {

// One multi costs time in proportion to its transfers (measured: 2,000 per multi 72 us a request,
// 64 or 256 per multi 27 us) and some 35 KB of tables, which few transfers would not be worth.
constexpr std::size_t kChannelsPerMulti = 256;

// A few clients want speed, thousands want little memory each.
constexpr std::size_t kFewChannels = 16;
constexpr std::size_t kOptionsKept = 16;
constexpr std::size_t kFewBufferBytes = 64 * 1024;
constexpr std::size_t kManyBufferBytes = 1280;

class CurlChannel final : public Channel, public CurlTransferOwner {
 public:
  CurlChannel(const CurlEnvironment& environment, CurlMulti& multi,
              std::shared_ptr<const ChannelOptions> options, std::size_t buffer_bytes)
      : environment_(environment),
        multi_(multi),
        options_(std::move(options)),
        buffer_bytes_(buffer_bytes) {
    multi_.enter();
  }
  CurlChannel(const CurlChannel&) = delete;
  CurlChannel& operator=(const CurlChannel&) = delete;
  ~CurlChannel() override {
    cancel();
    spare_.reset();
    multi_.leave();
  }

  void start(const Request& request, ExchangeHandler& handler) override {
    RTCTL_CHECK(handler_ == nullptr);
    handler_ = &handler;
    if (const auto problem = request_problem(request)) return refuse(*problem);
    transfer_ = spare_ != nullptr ? std::move(spare_) : make_transfer();
    transfer_->prepare(request, handler);
    if (!multi_.add(*transfer_)) refuse("libcurl does not take the request");
  }

  void cancel() override {
    handler_ = nullptr;
    refusal_.cancel();
    resumption_.cancel();
    if (transfer_ != nullptr) multi_.discard(std::move(transfer_));
  }

  void pause() override {
    resumption_.cancel();
    if (transfer_ != nullptr) transfer_->pause();
  }

  /// Later, because libcurl hands over what it kept inside the call.
  void resume() override {
    if (transfer_ == nullptr) return;
    resumption_ = environment_.loop.after({}, [this] {
      if (transfer_ != nullptr) multi_.call([this] { transfer_->unpause(); });
    });
  }

 private:
  std::unique_ptr<CurlTransfer> make_transfer() {
    return std::make_unique<CurlTransfer>(environment_, *options_, buffer_bytes_, *this);
  }

  void refuse(std::string why) {
    refusal_ = environment_.loop.after({}, [this, why = std::move(why)] {
      transfer_.reset();
      std::exchange(handler_, nullptr)->on_end({OutcomeKind::unsupported, why});
    });
  }

  void on_finished(const Outcome& outcome) override {
    resumption_.cancel();
    spare_ = std::move(transfer_);
    std::exchange(handler_, nullptr)->on_end(outcome);
  }

  const CurlEnvironment& environment_;
  CurlMulti& multi_;
  std::shared_ptr<const ChannelOptions> options_;  // the same for thousands of channels
  std::size_t buffer_bytes_;
  ExchangeHandler* handler_ = nullptr;
  std::unique_ptr<CurlTransfer> transfer_;  // under way
  std::unique_ptr<CurlTransfer> spare_;     // of the exchange before
  Timer refusal_;
  Timer resumption_;
};

class CurlTransport final : public Transport {
 public:
  explicit CurlTransport(AsioLoop& loop)
      : loop_(loop),
        share_(make_curl_share()),
        sockets_(loop),
        environment_{.loop = loop, .sockets = &sockets_, .share = share_.get()} {}

  std::unique_ptr<Channel> open_channel(const ChannelOptions& options) override {
    const bool few = multis_.size() <= 1 && multi_with_room().channels() < kFewChannels;
    return std::make_unique<CurlChannel>(environment_, multi_with_room(), shared(options),
                                         few ? kFewBufferBytes : kManyBufferBytes);
  }

 private:
  /// One copy for equal options, as far as they are not too many kinds.
  std::shared_ptr<const ChannelOptions> shared(const ChannelOptions& options) {
    const auto same = [&](const auto& kept) { return *kept == options; };
    const auto found = std::ranges::find_if(options_, same);
    if (found != options_.end()) return *found;
    if (options_.size() == kOptionsKept) options_.clear();
    return options_.emplace_back(std::make_shared<const ChannelOptions>(options));
  }

  CurlMulti& multi_with_room() {
    const auto has_room = [](const auto& multi) { return multi->channels() < kChannelsPerMulti; };
    const auto found = std::ranges::find_if(multis_, has_room);
    if (found != multis_.end()) return **found;
    multis_.push_back(
        std::make_unique<CurlMulti>(loop_, sockets_, [this](CurlMulti& idle) { forget(idle); }));
    return *multis_.back();
  }

  /// A multi without channels goes, and with it the connections it kept alive.
  void forget(CurlMulti& idle) {
    std::erase_if(multis_, [&](const auto& multi) { return multi.get() == &idle; });
  }

  Loop& loop_;
  CurlShare share_;
  CurlSockets sockets_;
  CurlEnvironment environment_;
  std::vector<std::unique_ptr<CurlMulti>> multis_;
  std::vector<std::shared_ptr<const ChannelOptions>> options_;
};

}  // namespace

std::unique_ptr<Transport> make_curl_transport(AsioLoop& loop) {
  return std::make_unique<CurlTransport>(loop);
}

}  // namespace rtctl::net
