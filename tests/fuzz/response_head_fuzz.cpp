// Responses of the direct driver: whatever comes, it ends in a verdict, and the same one wherever
// the bytes are cut. The first byte of the input says where.
#include <string>
#include <string_view>

#include "base/check.hpp"
#include "net/body_decoder.hpp"
#include "net/response_head.hpp"

using namespace rtctl::net;

namespace {

struct Verdict {
  HeadResult::Kind head = HeadResult::Kind::more;
  int status = 0;
  std::string body;
  BodyDecoder::State state = BodyDecoder::State::more;
  bool operator==(const Verdict&) const = default;
};

/// Reads as the channel does: what is left of a head is put before the next bytes.
class Reader {
 public:
  void feed(std::string_view bytes) {
    if (verdict_.head == HeadResult::Kind::complete) return feed_body(bytes);
    if (verdict_.head != HeadResult::Kind::more) return;
    const std::string whole = stash_ + std::string(bytes);
    const HeadResult result = read_response_head(whole, "GET", taken_, head_);
    RTCTL_CHECK(result.bytes <= whole.size());
    verdict_.head = result.kind;
    taken_ += result.bytes;
    stash_ = whole.substr(result.bytes);
    if (result.kind != HeadResult::Kind::complete) return;
    verdict_.status = head_.status;
    body_ = result.body;
    verdict_.state = body_.state();
    feed_body(stash_);
  }

  const Verdict& verdict() const { return verdict_; }

 private:
  void feed_body(std::string_view bytes) {
    while (!bytes.empty() && body_.state() == BodyDecoder::State::more)
      verdict_.body += body_.next(bytes);
    verdict_.state = body_.state();
  }

  std::string stash_;
  std::size_t taken_ = 0;
  ResponseHead head_;
  BodyDecoder body_ = BodyDecoder::none();
  Verdict verdict_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view wire(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t cut = wire.size() * data[0] / 256;
  Reader whole;
  whole.feed(wire);
  Reader halves;
  halves.feed(wire.substr(0, cut));
  halves.feed(wire.substr(cut));
  RTCTL_CHECK(whole.verdict() == halves.verdict());
  return 0;
}
