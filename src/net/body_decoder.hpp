// HTTP/1.1 bodies: bytes of the wire to bytes of the content (RFC 9112, sections 6 and 7).
#pragma once

#include <cstdint>
#include <string_view>

namespace rtctl::net {

/// Three words of state and no buffer, so that ten thousand streams cost nothing between events.
class BodyDecoder {
 public:
  enum class State : std::uint8_t {
    more,      ///< wants bytes
    complete,  ///< the body is over; what is left of the input is not part of it
    broken,    ///< not a chunked body
  };

  static BodyDecoder none() { return {Kind::length, 0}; }
  static BodyDecoder length(std::uint64_t bytes) { return {Kind::length, bytes}; }
  static BodyDecoder chunked() { return {Kind::chunked, 0}; }
  static BodyDecoder until_close() { return {Kind::until_close, 0}; }

  /// Takes the next piece of content off the front of `input`; empty when there is none in it (then
  /// all of `input` is taken, or `state()` is no longer `more`).
  std::string_view next(std::string_view& input);

  State state() const { return state_; }

  /// Whether the end of the connection is the end of the body.
  bool ends_with_connection() const { return kind_ == Kind::until_close; }
  bool is_chunked() const { return kind_ == Kind::chunked; }

 private:
  enum class Kind : std::uint8_t { length, chunked, until_close };
  enum class Part : std::uint8_t {
    size,
    extension,
    data,
    data_end,
    trailer_start,
    trailer,
    last_lf
  };

  BodyDecoder(Kind kind, std::uint64_t left)
      : left_(left),
        kind_(kind),
        state_(kind == Kind::length && left == 0 ? State::complete : State::more) {}

  std::string_view take(std::string_view& input);
  void step(char c);
  void size_digit(char c);
  void size_line_end();
  bool within_line_limit();

  std::uint64_t left_ = 0;        // bytes to come of the body or chunk; the size while it is read
  std::uint32_t line_bytes_ = 0;  // of the chunk header or of all trailers so far
  Kind kind_;
  State state_;
  Part part_ = Part::size;
  std::uint8_t digits_ = 0;
};

}  // namespace rtctl::net
