// What a parser said, as text that tests compare.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rtctl/sse.hpp"

namespace rtctl::test {

/// One line for each callback: `event|type|data|id` (with `*` after an event's own id),
/// `comment|text`, `retry|ms`.
class Transcript final : public sse::Listener {
 public:
  void on_event(const sse::Event& event) override {
    lines.push_back("event|" + std::string(event.type) + "|" + std::string(event.data) + "|" +
                    std::string(event.last_event_id) + (event.has_id ? "*" : ""));
  }
  void on_comment(std::string_view text) override {
    lines.push_back("comment|" + std::string(text));
  }
  void on_retry(std::uint64_t milliseconds) override {
    lines.push_back("retry|" + std::to_string(milliseconds));
  }

  std::vector<std::string> lines;
};

/// Parses `pieces` as one stream; the last line is `id|` and the last event id, or `too long`.
inline std::vector<std::string> parse(const std::vector<std::string_view>& pieces,
                                      std::size_t limit = std::size_t{64} << 20) {
  sse::Parser parser(limit);
  Transcript transcript;
  for (const std::string_view piece : pieces) {
    if (parser.feed(piece, transcript)) continue;
    transcript.lines.emplace_back("too long");
    return transcript.lines;
  }
  transcript.lines.push_back("id|" + std::string(parser.last_event_id()));
  return transcript.lines;
}

}  // namespace rtctl::test
