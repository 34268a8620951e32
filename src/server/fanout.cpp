#include "server/fanout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "server/hub.hpp"
#include "server/response_head.hpp"

namespace rtctl::server {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kViewsMax = 1000;      // per loop: each has a ring of its own (guess)
constexpr Duration kReplayStall = 10s;       // taking nothing of a replay for so long ends it
constexpr std::uint64_t kRingMin = 1 << 20;  // bytes; only what is used becomes memory

std::string greeting(const ServerOptions& options) {
  const auto retry = std::chrono::ceil<std::chrono::milliseconds>(options.retry);
  return fmt::format("retry: {}\ndata: Connected\n\n", retry.count());
}

Duration maintenance_interval(const ServerOptions& options) {
  if (options.heartbeat == Duration::zero()) return 1s;
  return std::clamp<Duration>(options.heartbeat / 8, 10ms, 1s);
}

}  // namespace

Fanout::Fanout(Worker& worker, Hub& hub, std::uint64_t head_id)
    : worker_(worker), hub_(hub), seen_id_(head_id) {
  maintain();
}

Fanout::~Fanout() = default;

Audience* Fanout::audience_of(const ViewKey& key) {
  if (const auto found = audiences_.find(key); found != audiences_.end())
    return found->second.get();
  if (audiences_.size() >= kViewsMax) return nullptr;
  const ServerOptions& options = worker_.shared().options;
  // An event and its JSON quoting must fit into an eighth of the ring.
  auto log = WireLog::make(
      std::max({kRingMin, 4 * options.outbox_bytes_max, 64 * options.body_bytes_max}));
  if (!log) return nullptr;
  auto& audience = audiences_[key];
  audience = std::make_unique<Audience>(worker_, *this, key, std::move(*log), compressor_);
  if (audience->view().needs_snapshot()) hub_.request_snapshot(worker_, key);
  return audience.get();
}

void Fanout::add(Socket socket, std::string head, const StreamPlan& plan) {
  Audience* audience = audience_of(plan.key);
  if (audience == nullptr) return refuse(std::move(socket));
  Subscriber* subscriber = audience->add(std::move(socket));
  if (subscriber == nullptr) return;
  greet(*audience, *subscriber, std::move(head));
  begin(*audience, *subscriber, plan);
  inject(*audience, *subscriber, plan.fault);
  audience->on_ready(*subscriber, EPOLLOUT);  // sends what there is
}

void Fanout::refuse(Socket socket) {
  Response response = problem(503, "there are as many different streams as one loop can serve");
  response.fields.set("Retry-After", "5");
  std::string bytes;
  append_response_head(response,
                       {.date = worker_.date(),
                        .content_length = response.body.size(),
                        .connection = ConnectionField::close},
                       bytes);
  (void)socket.write(bytes + response.body);
  socket.shutdown_write();
  worker_.shared().connections.fetch_sub(1, std::memory_order_relaxed);
}

void Fanout::greet(Audience& audience, Subscriber& subscriber, std::string head) {
  subscriber.backlog = std::make_unique<Backlog>();
  subscriber.backlog->progress_at = worker_.loop().now();
  subscriber.backlog->bytes = std::move(head);
  if (audience.view().key().gzip) {
    subscriber.gzip = std::make_unique<GzipProgress>();
    subscriber.backlog->bytes += gzip_stream_header();
  }
  append_own(audience, subscriber, greeting(worker_.shared().options), 0);
}

void Fanout::begin(Audience& audience, Subscriber& subscriber, const StreamPlan& plan) {
  if (plan.key.mode == ViewMode::delta) {
    subscriber.backlog->is_waiting = true;
    if (!audience.view().needs_snapshot()) add_snapshot(audience, subscriber);
    return;
  }
  if (!plan.resume) return join(audience, subscriber);
  Backlog& backlog = *subscriber.backlog;
  backlog.is_waiting = true;
  backlog.ticket = next_ticket_++;
  replays_[backlog.ticket] = {&audience, &subscriber};
  hub_.request_replay(worker_, backlog.ticket, plan.key, *plan.resume);
}

void Fanout::inject(Audience& audience, Subscriber& subscriber, const Fault& fault) {
  if (fault.stall) {
    subscriber.is_mute = true;
    (void)subscriber.socket.write(subscriber.backlog->bytes);
  }
  if (!fault.drop) return;
  const Duration after = std::chrono::duration_cast<Duration>(5s * uniform(worker_.random()));
  subscriber.cut_timer = std::make_unique<Timer>(
      worker_.loop().after(after, [&audience, &subscriber] { audience.remove(subscriber); }));
}

/// From here on the subscriber reads from the view's log.
void Fanout::join(Audience& audience, Subscriber& subscriber) {
  subscriber.cursor = audience.view().log().head();
  subscriber.frames = audience.view().log().frames();
  if (subscriber.gzip) subscriber.gzip->joined = audience.view().sum();
  subscriber.backlog->next_id.reset();
  subscriber.backlog->is_waiting = false;
}

void Fanout::append_own(Audience& audience, Subscriber& subscriber, std::string_view bytes,
                        std::uint64_t frames) {
  // A replay may be long: copied once more only to be compressed.
  if (subscriber.gzip)
    subscriber.backlog->bytes += audience.view().encoded(bytes);
  else
    subscriber.backlog->bytes += bytes;
  subscriber.backlog->frames += frames;
  if (subscriber.gzip) subscriber.gzip->own = subscriber.gzip->own.then(GzipSum::of(bytes));
}

void Fanout::add_snapshot(Audience& audience, Subscriber& subscriber) {
  append_own(audience, subscriber, audience.view().snapshot_frame(), 1);
  join(audience, subscriber);
}

void Fanout::on_snapshot(const ViewKey& key, const TopicSnapshot& snapshot) {
  const auto found = audiences_.find(key);
  if (found == audiences_.end()) return;
  Audience& audience = *found->second;
  audience.view().start_delta(snapshot);
  audience.for_each([&](Subscriber& subscriber) {
    if (!subscriber.backlog || !subscriber.backlog->is_waiting) return;
    add_snapshot(audience, subscriber);
    if (!subscriber.is_blocked) audience.advance(subscriber);
  });
}

void Fanout::on_events(const EventBatch& batch) {
  RTCTL_CHECK(batch->front().id == seen_id_ + 1);
  for (const auto& [key, audience] : audiences_)
    audience->view().on_events(batch);
  seen_id_ = batch->back().id;
}

void Fanout::more_replay(Subscriber& subscriber) {
  Backlog& backlog = *subscriber.backlog;
  backlog.is_waiting = true;
  const Waiting& waiting = replays_.at(backlog.ticket);
  hub_.request_more(worker_, backlog.ticket, waiting.audience->view().key(), *backlog.next_id);
}

void Fanout::on_replay(std::uint64_t ticket, ReplayChunk chunk) {
  const auto found = replays_.find(ticket);
  if (found == replays_.end()) return;  // it has left meanwhile
  auto& [audience, subscriber] = found->second;
  if (!chunk.bytes.empty()) append_own(*audience, *subscriber, chunk.bytes, chunk.frames);
  subscriber->backlog->progress_at = worker_.loop().now();
  subscriber->backlog->is_waiting = false;
  subscriber->backlog->next_id = chunk.next;
  if (chunk.is_last && chunk.next == seen_id_ + 1) {
    // Nothing may be pending in a window, or it would come a second time.
    audience->view().flush_window();
    join(*audience, *subscriber);
    Audience& joined = *audience;
    Subscriber& ready = *subscriber;
    replays_.erase(found);
    ready.backlog->ticket = 0;
    if (!ready.is_blocked) joined.on_ready(ready, EPOLLOUT);
    return;
  }
  if (!subscriber->is_blocked) audience->on_ready(*subscriber, EPOLLOUT);
}

void Fanout::forget(Subscriber& subscriber) {
  if (subscriber.backlog) replays_.erase(subscriber.backlog->ticket);
}

void Fanout::maintain() {
  const TimePoint now = worker_.loop().now();
  for (auto entry = audiences_.begin(); entry != audiences_.end();) {
    Audience& audience = *entry->second;
    if (audience.is_idle()) {
      entry = audiences_.erase(entry);
      continue;
    }
    const Duration heartbeat = worker_.shared().options.heartbeat;
    if (heartbeat > Duration::zero()) audience.view().beat(now, now - heartbeat);
    audience.cut_stalled(now - kReplayStall);
    audience.release_what_all_have_read();
    ++entry;
  }
  maintenance_ =
      worker_.loop().after(maintenance_interval(worker_.shared().options), [this] { maintain(); });
}

void Fanout::drain() {
  for (const auto& [key, audience] : audiences_)
    audience->drain();
}

bool Fanout::is_empty() const {
  return std::ranges::all_of(audiences_,
                             [](const auto& entry) { return entry.second->size() == 0; });
}

}  // namespace rtctl::server
