// Requests of any kind, in pieces of any size: nothing crashes, and the pieces do not matter.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "server/request_parser.hpp"
#include "server/response_head.hpp"
#include "server/view_key.hpp"

namespace {

using namespace rtctl::server;

/// All that the parser made of the bytes, as one text.
std::string outcome(std::string_view bytes, std::size_t piece) {
  RequestParser parser({.header_bytes_max = 512, .body_bytes_max = 256});
  std::string text;
  while (!bytes.empty()) {
    const std::size_t used = parser.feed(bytes.substr(0, piece));
    if (used == 0 || used > bytes.size()) std::abort();
    bytes.remove_prefix(used);
    if (parser.state() == RequestParser::State::refused)
      return text + "refused " + std::to_string(parser.refusal().status);
    if (parser.state() != RequestParser::State::done) continue;
    const Request& request = parser.request();
    text += request.method + " " + request.path + " " + request.body + "|";
    for (const auto& [name, value] : request.fields.all())
      text += name + ":" + value + "|";
    (void)parse_view_key(request);
    (void)accepts_gzip(request);
    parser.reset();
  }
  return text + "open";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  const std::string whole = outcome(bytes, bytes.size() + 1);
  // Where a limit is passed, pieces may show it under another status; otherwise all is the same.
  const std::string pieces = outcome(bytes, data[0] % 16 + 1);
  const auto has_limit = [](const std::string& text) {
    return text.ends_with("refused 414") || text.ends_with("refused 431") ||
           text.ends_with("refused 413");
  };
  if (whole != pieces && !has_limit(whole) && !has_limit(pieces)) std::abort();
  return 0;
}
