// What is to be measured on the streams of a group, or of one step of a flow.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/stream.hpp"
#include "engine/group_site.hpp"
#include "engine/sent_at.hpp"
#include "scenario/template.hpp"

namespace rtctl::engine {

/// Shared by all users of one group on one worker; outlives them.
class StreamPlan {
 public:
  /// Of a group of streams.
  explicit StreamPlan(const GroupSite& site);
  /// Of a step.
  StreamPlan(const GroupSite& site, const Step& step);

  /// Shared by all users that come from the same source address; null when the request has
  /// variables, so that each user needs options of its own.
  const client::StreamOptions* shared_options(std::uint64_t user) const;
  std::unique_ptr<client::StreamOptions> own_options(std::uint64_t user,
                                                     const scenario::Values& values) const;
  void fill_request(const scenario::Values& values, net::Request& request) const;

  /// The number that says where in the sequence an event belongs; nullopt when it has none.
  std::optional<std::uint64_t> number_of(const sse::Event& event) const;
  bool watches_sequence() const { return !sequence_.empty(); }

  /// Whether this event, the `count`-th of the stream, ends it well.
  bool is_ended_by(const sse::Event& event, std::uint64_t count) const;

  SentAt& sent_at() { return sent_at_; }

 private:
  void share_options();

  const GroupSite* site_;
  const RequestTemplate* request_;
  std::vector<std::unique_ptr<client::StreamOptions>> by_source_;
  SentAt sent_at_;
  std::string sequence_;  ///< "id", a pointer, or ""
  JsonPath sequence_path_;
  std::string until_;
  std::uint64_t until_events_;
};

}  // namespace rtctl::engine
