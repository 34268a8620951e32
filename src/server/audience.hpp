// All subscribers of one view on one loop, and the sweep that keeps them up to date.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "server/subscriber.hpp"
#include "server/view.hpp"
#include "server/worker.hpp"

namespace rtctl::server {

/// Told when a subscriber needs more than the view's log has.
class ReplaySource {
 public:
  virtual void more_replay(Subscriber& subscriber) = 0;
  /// It has left; nobody may touch it afterwards.
  virtual void forget(Subscriber& subscriber) = 0;

 protected:
  ~ReplaySource() = default;
};

/// A sweep visits every subscriber once and hands the kernel everything from its cursor to the head
/// in one send; after some hundred sends other work of the loop has its turn. While a sweep lasts,
/// new events pile up and travel together in the next send: the busier, the cheaper each event.
class Audience final : public ViewListener {
 public:
  Audience(Worker& worker, ReplaySource& source, ViewKey key, std::unique_ptr<WireLog> log,
           BlockCompressor& compressor);
  ~Audience();

  View& view() { return view_; }
  bool is_idle() const { return subscribers_.empty() && !is_sweeping_; }
  std::size_t size() const { return subscribers_.size(); }

  /// Watches the socket and counts it. nullptr when that fails (no descriptors, no memory).
  Subscriber* add(Socket socket);

  /// Visits everybody; `visit` may end the subscriber it is given.
  template <typename Visit>
  void for_each(const Visit& visit) {
    for (std::size_t i = subscribers_.size(); i > 0; --i)
      visit(*subscribers_[i - 1]);
  }

  /// Sends what there is; may end the subscriber.
  void advance(Subscriber& subscriber);

  void on_ready(Subscriber& subscriber, std::uint32_t events);

  /// Cuts those that take nothing of a replay since `silent_since`.
  void cut_stalled(TimePoint silent_since);

  /// Lets the view's memory go when everybody has read everything.
  void release_what_all_have_read();

  /// Ends the stream: removes, closes, counts out.
  void remove(Subscriber& subscriber);

  /// Says good-bye to everybody: a `retry` of its own for each, the gzip trailer, the end.
  void drain();

  // ViewListener
  void before_append(std::size_t bytes) override;
  void after_append() override;

 private:
  enum class Sent { everything, blocked, gone };

  void start_round();
  void sweep_slice();
  void visit(Subscriber& subscriber);
  Sent send_backlog(Subscriber& subscriber);
  Sent send_live(Subscriber& subscriber);
  Sent write(Subscriber& subscriber, std::string_view bytes, std::size_t& written);
  void block(Subscriber& subscriber);
  void unblock(Subscriber& subscriber);
  void count_sent(Subscriber& subscriber);
  void flush_counts();
  void say_goodbye(Subscriber& subscriber);

  Worker& worker_;
  ReplaySource& source_;
  View view_;
  std::vector<std::unique_ptr<Subscriber>> subscribers_;
  std::size_t position_ = 0;      // of the sweep; it runs downwards, so that removal cannot skip
  std::uint64_t round_head_ = 0;  // head when the present round began
  std::uint64_t swept_head_ = 0;  // every subscriber that is not blocked has come so far
  bool is_sweeping_ = false;
  std::uint64_t frames_sent_ = 0;  // not yet added to the metrics
  std::uint64_t bytes_sent_ = 0;
};

}  // namespace rtctl::server
