#include "server/chunked_body.hpp"

#include <algorithm>

namespace rtctl::server {
namespace {

constexpr std::uint64_t kIgnoredMax = 16 << 10;  // extensions and trailers of one body (guess)
constexpr int kDigitsMax = 15;                   // of a chunk size: below 2^60, so sums cannot wrap

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_field_character(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return c == '\t' || (byte >= 0x20 && byte != 0x7f);
}

}  // namespace

std::size_t ChunkedBody::feed(std::string_view bytes, std::string& body) {
  std::size_t used = 0;
  while (used < bytes.size() && state_ == State::more) {
    if (step_ == Step::data)
      used += take_data(bytes.substr(used), body);
    else
      take(bytes[used++]);
  }
  return used;
}

std::size_t ChunkedBody::take_data(std::string_view bytes, std::string& body) {
  const std::size_t count = std::min<std::uint64_t>(bytes.size(), chunk_left_);
  body.append(bytes.substr(0, count));
  chunk_left_ -= count;
  if (chunk_left_ == 0) step_ = Step::data_cr;
  return count;
}

void ChunkedBody::take(char c) {
  const auto expect = [&](char wanted, Step next) {
    if (c == wanted)
      step_ = next;
    else
      state_ = State::malformed;
  };
  switch (step_) {
    case Step::size:
      return take_size(c);
    case Step::extension:
      if (c == '\r') {
        step_ = Step::size_lf;
      } else if (!is_field_character(c) || ++ignored_ > kIgnoredMax) {
        state_ = State::malformed;
      }
      return;
    case Step::size_lf:
      return c == '\n' ? size_complete() : void(state_ = State::malformed);
    case Step::data_cr:
      return expect('\r', Step::data_lf);
    case Step::data_lf:
      digits_ = 0;
      return expect('\n', Step::size);
    case Step::trailer:
    case Step::trailer_lf:
      return take_trailer(c);
    case Step::data:
      break;
  }
}

void ChunkedBody::take_size(char c) {
  const int value = hex_value(c);
  if (value >= 0 && digits_ < kDigitsMax) {
    chunk_left_ = (digits_ == 0 ? 0 : chunk_left_) * 16 + static_cast<std::uint64_t>(value);
    ++digits_;
  } else if (digits_ > 0 && c == '\r') {
    step_ = Step::size_lf;
  } else if (digits_ > 0 && c == ';') {
    step_ = Step::extension;
  } else {
    state_ = State::malformed;
  }
}

void ChunkedBody::size_complete() {
  if (chunk_left_ == 0) {
    step_ = Step::trailer;
    return;
  }
  total_ += chunk_left_;
  if (total_ > body_bytes_max_) {
    state_ = State::too_large;
    return;
  }
  step_ = Step::data;
}

void ChunkedBody::take_trailer(char c) {
  if (step_ == Step::trailer_lf) {
    if (c != '\n') {
      state_ = State::malformed;
    } else if (line_is_empty_) {
      state_ = State::done;
    } else {
      line_is_empty_ = true;
      step_ = Step::trailer;
    }
    return;
  }
  if (c == '\r') {
    step_ = Step::trailer_lf;
  } else if (!is_field_character(c) || ++ignored_ > kIgnoredMax) {
    state_ = State::malformed;
  } else {
    line_is_empty_ = false;
  }
}

}  // namespace rtctl::server
