// All event streams of one loop, by view; the loop's end of the hub.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "server/audience.hpp"
#include "server/replay.hpp"
#include "server/worker.hpp"

namespace rtctl::server {

class Hub;

/// What a subscriber asked for.
struct StreamPlan {
  ViewKey key;
  std::optional<ResumePoint> resume;
  Fault fault;
};

/// Belongs to its worker's loop.
class Fanout final : public ReplaySource {
 public:
  /// `head_id` is the newest event at this moment; later ones come through `on_events`.
  Fanout(Worker& worker, Hub& hub, std::uint64_t head_id);
  ~Fanout();

  /// Takes the connection; `head` is sent first.
  void add(Socket socket, std::string head, const StreamPlan& plan);

  void on_events(const EventBatch& batch);
  void on_replay(std::uint64_t ticket, ReplayChunk chunk);
  void on_snapshot(const ViewKey& key, const TopicSnapshot& snapshot);

  void drain();
  bool is_empty() const;

  // ReplaySource
  void more_replay(Subscriber& subscriber) override;
  void forget(Subscriber& subscriber) override;

 private:
  Audience* audience_of(const ViewKey& key);
  void refuse(Socket socket);
  void greet(Audience& audience, Subscriber& subscriber, std::string head);
  void begin(Audience& audience, Subscriber& subscriber, const StreamPlan& plan);
  void inject(Audience& audience, Subscriber& subscriber, const Fault& fault);
  void add_snapshot(Audience& audience, Subscriber& subscriber);
  void join(Audience& audience, Subscriber& subscriber);
  void append_own(Audience& audience, Subscriber& subscriber, std::string_view bytes,
                  std::uint64_t frames);
  void maintain();

  struct Waiting {
    Audience* audience;
    Subscriber* subscriber;
  };

  Worker& worker_;
  Hub& hub_;
  BlockCompressor compressor_;
  std::map<ViewKey, std::unique_ptr<Audience>> audiences_;
  std::unordered_map<std::uint64_t, Waiting> replays_;  // by ticket
  std::uint64_t next_ticket_ = 1;
  std::uint64_t seen_id_;  // newest event handed to the views
  Timer maintenance_;
};

}  // namespace rtctl::server
