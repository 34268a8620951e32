// Event streams: the first byte says where the rest is cut. However it is cut the parser tells the
// same, what it tells is UTF-8, and what is formatted from it parses back.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.hpp"
#include "rtctl/sse.hpp"
#include "sse/utf8.hpp"

using namespace rtctl;

namespace {

constexpr std::size_t kLimit = 300;  // small, so that the fuzzer finds it

struct Transcript final : sse::Listener {
  void on_event(const sse::Event& event) override {
    std::string scratch;
    for (const std::string_view text : {event.type, event.data, event.last_event_id})
      RTCTL_CHECK(sse::repaired(text, scratch).data() == text.data());
    lines.push_back("event\x1f" + std::string(event.type) + '\x1f' + std::string(event.data) +
                    '\x1f' + std::string(event.last_event_id) + (event.has_id ? "*" : ""));
    reformat(event);
  }
  void on_comment(std::string_view text) override {
    lines.push_back("comment" + std::string(text));
  }
  void on_retry(std::uint64_t milliseconds) override {
    lines.push_back("retry" + std::to_string(milliseconds));
  }

  static void reformat(const sse::Event& event) {
    sse::Frame frame{.data = event.data, .type = event.type};
    if (event.has_id) frame.id = event.last_event_id;
    std::string wire;
    sse::format(frame, wire);
    struct Same final : sse::Listener {
      void on_event(const sse::Event& again) override {
        RTCTL_CHECK(again.type == expected->type && again.data == expected->data);
        RTCTL_CHECK(again.has_id == expected->has_id);
        ++count;
      }
      const sse::Event* expected = nullptr;
      int count = 0;
    } same;
    same.expected = &event;
    sse::Parser parser;
    RTCTL_CHECK(parser.feed(wire, same) && same.count == 1);
  }

  std::vector<std::string> lines;
};

std::vector<std::string> parse(std::string_view bytes, std::size_t piece) {
  sse::Parser parser(kLimit);
  Transcript transcript;
  while (!bytes.empty()) {
    const std::size_t length = std::min(piece, bytes.size());
    if (!parser.feed(bytes.substr(0, length), transcript)) {
      transcript.lines.emplace_back("too long");
      return transcript.lines;
    }
    bytes.remove_prefix(length);
  }
  transcript.lines.push_back("id" + std::string(parser.last_event_id()));
  return transcript.lines;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto whole = parse(bytes, std::max<std::size_t>(bytes.size(), 1));
  RTCTL_CHECK(parse(bytes, 1) == whole);
  RTCTL_CHECK(parse(bytes, 1 + data[0]) == whole);
  return 0;
}
