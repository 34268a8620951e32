#include "net/body_decoder.hpp"

#include <algorithm>

namespace rtctl::net {
namespace {

// Chunk extensions and trailers are thrown away, but nobody may send them without end (guess).
constexpr std::uint32_t kLineBytesMax = 64 * 1024;
constexpr std::uint8_t kDigitsMax = 15;  // 60 bits: no overflow, and more than anybody can send

/// -1 for what is no hexadecimal digit.
int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string_view BodyDecoder::take(std::string_view& input) {
  const std::size_t bytes = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
  const std::string_view piece = input.substr(0, bytes);
  input.remove_prefix(bytes);
  left_ -= bytes;
  return piece;
}

std::string_view BodyDecoder::next(std::string_view& input) {
  if (state_ != State::more) return {};
  if (kind_ == Kind::until_close) {
    const std::string_view piece = input;
    input = {};
    return piece;
  }
  if (kind_ == Kind::length) {
    const std::string_view piece = take(input);
    if (left_ == 0) state_ = State::complete;
    return piece;
  }
  while (!input.empty() && state_ == State::more) {
    if (part_ == Part::data) {
      const std::string_view piece = take(input);
      if (left_ == 0) part_ = Part::data_end;
      return piece;
    }
    step(input.front());
    input.remove_prefix(1);
  }
  return {};
}

bool BodyDecoder::within_line_limit() {
  if (++line_bytes_ <= kLineBytesMax) return true;
  state_ = State::broken;
  return false;
}

void BodyDecoder::size_digit(char c) {
  const int value = hex_value(c);
  if (value >= 0 && digits_ < kDigitsMax) {
    left_ = left_ * 16 + static_cast<unsigned>(value);
    ++digits_;
  } else if (value < 0 && digits_ > 0 && c == '\n') {
    size_line_end();
  } else if (value < 0 && digits_ > 0 && (c == '\r' || c == ';' || c == ' ' || c == '\t')) {
    part_ = Part::extension;
  } else {
    state_ = State::broken;
  }
}

void BodyDecoder::size_line_end() {
  part_ = left_ == 0 ? Part::trailer_start : Part::data;
  line_bytes_ = 0;
  digits_ = 0;
}

/// One byte of what is not content. A lone LF ends a line as CR LF does (section 2.2).
void BodyDecoder::step(char c) {
  switch (part_) {
    case Part::size:
      return size_digit(c);
    case Part::extension:
      if (c == '\n') return size_line_end();
      within_line_limit();
      return;
    case Part::data_end:
      if (c == '\n')
        part_ = Part::size;
      else if (c != '\r')
        state_ = State::broken;
      return;
    case Part::trailer_start:
      if (c == '\n')
        state_ = State::complete;
      else
        part_ = c == '\r' ? Part::last_lf : Part::trailer;
      within_line_limit();
      return;
    case Part::trailer:
      if (c == '\n') part_ = Part::trailer_start;
      within_line_limit();
      return;
    case Part::last_lf:
      state_ = c == '\n' ? State::complete : State::broken;
      return;
    case Part::data:
      break;
  }
}

}  // namespace rtctl::net
