#include "server/view.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "rtctl/sse.hpp"
#include "server/event_frames.hpp"
#include "server/json_patch.hpp"

namespace rtctl::server {
namespace {

using nlohmann::json;

constexpr std::size_t kTopicsMax = 10'000;  // in the document of the delta form (guess)

json value_of(const EventView& event) {
  if (event.kind == DataKind::text) return std::string(event.data);
  return json::parse(event.data, nullptr, false);
}

std::string dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

struct View::Delta {
  json document = json::object();
  std::uint64_t id = 0;
};

View::View(ViewKey key, std::unique_ptr<WireLog> log, Loop& loop, BlockCompressor& compressor,
           ViewListener& listener)
    : key_(std::move(key)),
      log_(std::move(log)),
      loop_(loop),
      compressor_(compressor),
      listener_(listener),
      appended_at_(loop.now()) {}

View::~View() = default;

std::string View::encoded(std::string_view bytes) const {
  return key_.gzip && !bytes.empty() ? compressor_.compress(bytes) : std::string(bytes);
}

/// In pieces that fit well into the ring, so that even a subscriber that reads slowly can follow.
void View::append(std::string_view bytes, std::uint64_t frames) {
  if (key_.gzip) {
    sum_ = sum_.then(GzipSum::of(bytes));
    const std::string block = compressor_.compress(bytes);
    listener_.before_append(block.size());
    log_->append(block, frames);
  } else {
    listener_.before_append(bytes.size());
    log_->append(bytes, frames);
  }
  appended_at_ = loop_.now();
  listener_.after_append();
}

void View::on_events(const EventBatch& batch) {
  std::vector<EventView> events;
  for (const Event& event : *batch) {
    if (key_.wants(event.publication.topic)) events.push_back(event.view());
  }
  if (delta_) delta_->id = batch->back().id;
  if (events.empty() || (key_.mode == ViewMode::delta && !delta_)) return;
  if (key_.mode == ViewMode::batch || key_.mode == ViewMode::latest)
    hold_back(batch, std::move(events));
  else
    append_events(events);
}

void View::append_events(const std::vector<EventView>& events) {
  const std::size_t piece_max = log_->capacity() / 8;
  std::string bytes;
  std::uint64_t frames = 0;
  for (const EventView& event : events) {
    if (key_.mode == ViewMode::delta)
      append_patch(event, bytes);
    else
      append_frame(event, bytes);
    ++frames;
    if (bytes.size() < piece_max) continue;
    append(bytes, std::exchange(frames, 0));
    bytes.clear();
  }
  if (!bytes.empty()) append(bytes, frames);
}

void View::hold_back(const EventBatch& batch, std::vector<EventView> events) {
  held_batches_.push_back(batch);
  for (const EventView& event : events) {
    if (held_.empty()) window_end_ = loop_.after(key_.window, [this] { flush_window(); });
    held_.push_back(event);
    held_bytes_ += event.data.size() + event.topic.size() + event.type.size() + 64;
    if (held_bytes_ <= log_->capacity() / 8) continue;
    flush_window();  // a window that is too full for the ring is sent in parts
    held_batches_.push_back(batch);
  }
  if (held_.empty()) flush_window();
}

void View::flush_window() {
  window_end_.cancel();
  if (!held_.empty()) {
    std::string bytes;
    std::uint64_t frames = 1;
    if (key_.mode == ViewMode::batch) {
      append_batch_frame(held_, bytes);
    } else {
      const std::vector<EventView> newest = newest_per_topic(held_);
      for (const EventView& event : newest)
        append_frame(event, bytes);
      frames = newest.size();
    }
    append(bytes, frames);
  }
  held_.clear();
  held_batches_.clear();
  held_bytes_ = 0;
}

void View::beat(TimePoint now, TimePoint silent_since) {
  if (appended_at_ > silent_since) return;
  std::string comment;
  sse::format_comment("heartbeat", comment);
  append(comment, 0);
  appended_at_ = now;
}

bool View::needs_snapshot() const {
  return key_.mode == ViewMode::delta && !delta_;
}

void View::start_delta(const TopicSnapshot& snapshot) {
  delta_ = std::make_unique<Delta>();
  delta_->id = snapshot.id;
  for (const auto& event : snapshot.newest) {
    const EventView view = event->view();
    if (key_.wants(view.topic)) delta_->document[std::string(view.topic)] = value_of(view);
  }
}

std::string View::snapshot_frame() const {
  std::string frame;
  if (!delta_) return frame;
  const std::string id = std::to_string(delta_->id);
  sse::format({.data = dump(delta_->document), .type = "snapshot", .id = id}, frame);
  return frame;
}

/// One patch per event, against the document as the event before left it (RFC 6902).
void View::append_patch(const EventView& event, std::string& out) {
  const std::string topic(event.topic);
  json patch = json::array();
  json& document = delta_->document;
  json value = value_of(event);
  if (const auto old = document.find(topic); old != document.end()) {
    patch = patch_between(*old, value, pointer_to("", topic));
    *old = std::move(value);
  } else {
    if (document.size() >= kTopicsMax) {
      patch.push_back({{"op", "remove"}, {"path", pointer_to("", document.begin().key())}});
      document.erase(document.begin());
    }
    patch.push_back({{"op", "add"}, {"path", pointer_to("", topic)}, {"value", value}});
    document[topic] = std::move(value);
  }
  const std::string id = std::to_string(event.id);
  sse::format({.data = dump(patch), .type = "patch", .id = id}, out);
}

}  // namespace rtctl::server
