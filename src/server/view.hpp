// One form of the event stream on one loop: events in, bytes for all who asked for that form out.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/loop.hpp"
#include "server/event.hpp"
#include "server/gzip.hpp"
#include "server/view_key.hpp"
#include "server/wire_log.hpp"

namespace rtctl::server {

/// Told by a view about its bytes.
class ViewListener {
 public:
  /// The view wants to append so many bytes: whoever still needs what they overwrite reads now.
  virtual void before_append(std::size_t bytes) = 0;
  /// There is more to send.
  virtual void after_append() = 0;

 protected:
  ~ViewListener() = default;
};

/// What the delta form starts from.
struct TopicSnapshot {
  std::uint64_t id = 0;                              ///< the newest event that is in it
  std::vector<std::shared_ptr<const Event>> newest;  ///< one per topic
};

/// Belongs to one loop.
class View {
 public:
  View(ViewKey key, std::unique_ptr<WireLog> log, Loop& loop, BlockCompressor& compressor,
       ViewListener& listener);
  ~View();

  const ViewKey& key() const { return key_; }
  const WireLog& log() const { return *log_; }

  /// Nobody needs the bytes before the head: their memory may go.
  void release() { log_->release(); }

  /// Consecutive events, each exactly once.
  void on_events(const EventBatch& batch);

  /// Sends what a window holds back, so that a subscriber can join with nothing pending.
  void flush_window();

  /// Appends a comment when nothing was sent since `silent_since`.
  void beat(TimePoint now, TimePoint silent_since);

  /// What a new subscriber of the delta form gets first; empty until `start_delta` was called.
  std::string snapshot_frame() const;
  bool needs_snapshot() const;
  void start_delta(const TopicSnapshot& snapshot);

  /// Bytes in the form in which this view sends them: as they are, or as a deflate block.
  std::string encoded(std::string_view bytes) const;

  /// Sum of all bytes appended so far, before compression.
  const GzipSum& sum() const { return sum_; }

 private:
  struct Delta;

  void append(std::string_view bytes, std::uint64_t frames);
  void append_events(const std::vector<EventView>& events);
  void append_patch(const EventView& event, std::string& out);
  void hold_back(const EventBatch& batch, std::vector<EventView> events);

  ViewKey key_;
  std::unique_ptr<WireLog> log_;
  Loop& loop_;
  BlockCompressor& compressor_;
  ViewListener& listener_;
  GzipSum sum_;
  TimePoint appended_at_;
  std::vector<EventBatch> held_batches_;  // keep alive what held_ views into
  std::vector<EventView> held_;
  std::size_t held_bytes_ = 0;
  Timer window_end_;
  std::unique_ptr<Delta> delta_;
};

}  // namespace rtctl::server
