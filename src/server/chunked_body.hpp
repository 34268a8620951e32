// The chunked transfer coding, as a receiver (RFC 9112, section 7.1).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rtctl::server {

/// Decodes one body. Extensions and trailer fields are read over, within a limit. Lines must end in
/// CRLF: a lone LF is where readers begin to differ.
class ChunkedBody {
 public:
  enum class State { more, done, malformed, too_large };

  explicit ChunkedBody(std::uint64_t body_bytes_max) : body_bytes_max_(body_bytes_max) {}

  /// Consumes bytes up to the end of the body at most, appending what they decode to; returns how
  /// many.
  std::size_t feed(std::string_view bytes, std::string& body);

  State state() const { return state_; }

 private:
  enum class Step { size, extension, size_lf, data, data_cr, data_lf, trailer, trailer_lf };

  std::size_t take_data(std::string_view bytes, std::string& body);
  void take(char c);
  void take_size(char c);
  void take_trailer(char c);
  void size_complete();

  std::uint64_t body_bytes_max_;
  std::uint64_t chunk_left_ = 0;
  std::uint64_t total_ = 0;
  std::uint64_t ignored_ = 0;  // bytes of extensions and trailers
  Step step_ = Step::size;
  State state_ = State::more;
  int digits_ = 0;
  bool line_is_empty_ = true;
};

}  // namespace rtctl::server
