#include "sse/utf8.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace rtctl::sse {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// How many ASCII bytes `text` begins with, found eight at a time.
std::size_t ascii_length(std::string_view text) {
  std::size_t length = 0;
  while (length + 8 <= text.size()) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + length, sizeof word);
    if ((word & 0x8080808080808080U) != 0) break;
    length += 8;
  }
  while (length < text.size() && static_cast<unsigned char>(text[length]) < 0x80)
    ++length;
  return length;
}

struct Sequence {
  std::size_t length;  ///< bytes of the sequence, or of its well-formed beginning; at least one
  bool valid;
};

/// Reads one sequence that does not begin with ASCII (Unicode 15, table 3-7, well-formed UTF-8).
Sequence read_sequence(std::string_view text) {
  const auto byte = [&](std::size_t index) { return static_cast<unsigned char>(text[index]); };
  const unsigned lead = byte(0);
  const std::size_t want = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4) return {1, false};
  unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  for (std::size_t index = 1; index < want; ++index) {
    if (index == text.size() || byte(index) < low || byte(index) > high) return {index, false};
    low = 0x80;
    high = 0xBF;
  }
  return {want, true};
}

/// How many bytes `text` begins with that are valid.
std::size_t valid_length(std::string_view text) {
  std::size_t length = ascii_length(text);
  while (length < text.size()) {
    const Sequence sequence = read_sequence(text.substr(length));
    if (!sequence.valid) return length;
    length += sequence.length;
    length += ascii_length(text.substr(length));
  }
  return length;
}

}  // namespace

std::string_view repaired(std::string_view text, std::string& scratch) {
  std::size_t valid = valid_length(text);
  if (valid == text.size()) return text;
  scratch.clear();
  while (true) {
    scratch.append(text.substr(0, valid));
    text.remove_prefix(valid);
    if (text.empty()) return scratch;
    text.remove_prefix(read_sequence(text).length);
    scratch.append(kReplacement);
    valid = valid_length(text);
  }
}

}  // namespace rtctl::sse
