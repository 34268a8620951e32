// What the channels of one direct transport share, so that each needs little of its own.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/poller.hpp"
#include "net/origin.hpp"
#include "net/response_head_reader.hpp"
#include "net/transport.hpp"

namespace rtctl::net {

class DirectChannel;

/// An exchange until its head has come: what a stream that only receives needs no longer.
struct Flight {
  std::string refusal;  ///< why the request cannot be sent; empty when it can
  std::shared_ptr<const std::string> request;  ///< as it goes over the wire; null when refused
  std::size_t sent = 0;
  std::string stash;  ///< received, not handled yet: a part of a head, or a body while paused
  std::size_t head_bytes = 0;  ///< of informational heads
  Timing timing;
  Timer connect_timer;
  bool was_retried = false;
  bool has_answer = false;  ///< a byte came back

  std::string_view method() const {
    return std::string_view(*request).substr(0, request->find(' '));
  }
  std::string_view unsent() const {
    return request != nullptr ? std::string_view(*request).substr(sent) : std::string_view();
  }
};

/// Belongs to one loop.
class DirectContext {
 public:
  DirectContext(Loop& loop, std::unique_ptr<Poller> poller, CurlEnvironment& environment,
                CurlMulti& multi);
  ~DirectContext();

  Loop& loop() { return loop_; }
  /// Null when the system has no descriptor left for it.
  Poller* poller() { return poller_.get(); }
  std::vector<char>& buffer() { return buffer_; }
  ResponseHeadReader& head_reader() { return head_reader_; }

  std::unique_ptr<Flight> take_flight();
  void give_back(std::unique_ptr<Flight> flight);

  /// The same for equal options; lives as long as this.
  Profile& profile(const ChannelOptions& options);

  /// The origin of the URL, and what goes into the request line; null with `target` saying why.
  Origin* origin(Profile& profile, const std::string& url, std::string& target);

  /// The request as text. Thousands of users who ask the same at the same time share one.
  std::shared_ptr<const std::string> text_of(const Request& request, std::string_view target,
                                             const RequestDefaults& defaults);

  /// `channel.run_queued()` is called soon, never inside this call.
  void enqueue(DirectChannel& channel);
  void dequeue(DirectChannel& channel);

  /// The channel whose handler is called; null when it has destroyed the channel meanwhile.
  DirectChannel* active = nullptr;

 private:
  void run_queue();

  Loop& loop_;
  std::unique_ptr<Poller> poller_;
  CurlEnvironment& environment_;
  CurlMulti& multi_;
  std::vector<char> buffer_;
  ResponseHeadReader head_reader_;
  std::string text_;  // being written
  std::shared_ptr<const std::string> last_text_;
  std::vector<std::unique_ptr<Flight>> flights_;
  std::map<std::string, std::unique_ptr<Profile>, std::less<>> profiles_;
  std::map<std::string, std::unique_ptr<Origin>, std::less<>> origins_;
  std::vector<DirectChannel*> queue_;
  std::vector<DirectChannel*> running_;
  std::shared_ptr<DirectContext*> self_;  // shared with tasks on the loop, which may outlive this
  bool is_posted_ = false;
};

}  // namespace rtctl::net
