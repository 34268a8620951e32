#include "net/direct_context.hpp"

#include <algorithm>
#include <utility>

#include "net/direct_channel.hpp"
#include "net/direct_transport.hpp"

namespace rtctl::net {
namespace {

constexpr std::size_t kReadBytes = 256 * 1024;  // one buffer per loop, for all channels
constexpr std::size_t kFlightsKept = 1024;
constexpr std::size_t kTextBytesKept = 4 * 1024;

/// Options as a key: the same text for the same options, and no other.
std::string key_of(const ChannelOptions& options) {
  std::string key = std::to_string(options.connect_timeout.count()) + "," +
                    std::to_string(static_cast<int>(options.version)) +
                    (options.accept_compressed ? "c" : "-") + (options.insecure ? "i" : "-") +
                    (options.use_netrc ? "n" : "-");
  for (const std::string* text :
       {&options.ca_file, &options.certificate_file, &options.key_file, &options.proxy,
        &options.unix_socket, &options.user_password, &options.source_address})
    key.append(1, '\0').append(*text);
  return key;
}

/// Scheme, host and port as they stand in the URL.
std::string_view origin_part(std::string_view url) {
  const std::size_t host = url.find("://");
  if (host == std::string_view::npos) return {};
  return url.substr(0, url.find_first_of("/?#", host + 3));
}

}  // namespace

DirectContext::DirectContext(Loop& loop, std::unique_ptr<Poller> poller,
                             CurlEnvironment& environment, CurlMulti& multi)
    : loop_(loop),
      poller_(std::move(poller)),
      environment_(environment),
      multi_(multi),
      buffer_(kReadBytes),
      self_(std::make_shared<DirectContext*>(this)) {}

DirectContext::~DirectContext() {
  *self_ = nullptr;
}

std::unique_ptr<Flight> DirectContext::take_flight() {
  if (flights_.empty()) return std::make_unique<Flight>();
  auto flight = std::move(flights_.back());
  flights_.pop_back();
  return flight;
}

void DirectContext::give_back(std::unique_ptr<Flight> flight) {
  if (flight == nullptr) return;
  flight->connect_timer.cancel();
  const bool is_big = flight->stash.capacity() > kTextBytesKept;
  if (is_big || flights_.size() >= kFlightsKept) return;
  flight->refusal.clear();
  flight->request.reset();
  flight->sent = 0;
  flight->stash.clear();
  flight->head_bytes = 0;
  flight->timing = {};
  flight->was_retried = false;
  flight->has_answer = false;
  flights_.push_back(std::move(flight));
}

Profile& DirectContext::profile(const ChannelOptions& options) {
  auto& profile = profiles_[key_of(options)];
  if (profile == nullptr) {
    profile = std::make_unique<Profile>();
    profile->options = options;
    profile->source = parse_address(options.source_address, 0).value_or(SocketAddress{});
  }
  return *profile;
}

Origin* DirectContext::origin(Profile& profile, const std::string& url, std::string& target) {
  const std::string_view part = origin_part(url);
  std::string key = std::to_string(reinterpret_cast<std::uintptr_t>(&profile));
  key.append(" ").append(part);
  const auto known = origins_.find(key);
  if (known != origins_.end()) {
    target = known->second->target_of(url);
    if (!target.empty()) return known->second.get();
  }
  if (auto obstacle = direct_obstacle(profile.options, url)) {
    target = std::move(*obstacle);
    return nullptr;
  }
  const SplitUrl split = *split_url(url);
  target = split.target;
  auto& origin = origins_[key];
  if (origin == nullptr)
    origin = std::make_unique<Origin>(environment_, multi_, profile, split, part);
  return origin.get();
}

std::shared_ptr<const std::string> DirectContext::text_of(const Request& request,
                                                          std::string_view target,
                                                          const RequestDefaults& defaults) {
  write_request(request, target, defaults, text_);
  if (text_.size() > kTextBytesKept)
    return std::make_shared<const std::string>(std::exchange(text_, {}));
  if (last_text_ == nullptr || *last_text_ != text_)
    last_text_ = std::make_shared<const std::string>(text_);
  return last_text_;
}

/// The turn comes when all that one wake-up brought has been handled: what answers cause goes out
/// together (measured at 2,000 connections: 4 % less time than in between).
void DirectContext::enqueue(DirectChannel& channel) {
  queue_.push_back(&channel);
  if (is_posted_) return;
  is_posted_ = true;
  loop_.post([self = self_] {
    if (*self != nullptr) (*self)->run_queue();
  });
}

void DirectContext::dequeue(DirectChannel& channel) {
  for (auto* list : {&queue_, &running_})
    std::ranges::replace(*list, &channel, nullptr);
}

/// What handlers enqueue meanwhile waits for the next turn of the loop, so that other work gets its
/// turn too.
void DirectContext::run_queue() {
  is_posted_ = false;
  running_.swap(queue_);
  for (std::size_t i = 0; i < running_.size(); ++i) {
    if (DirectChannel* channel = std::exchange(running_[i], nullptr)) channel->run_queued();
  }
  running_.clear();
}

}  // namespace rtctl::net
