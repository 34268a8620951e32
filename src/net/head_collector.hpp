// Response heads line by line, as libcurl hands them over: bounded, informational ones swallowed.
#pragma once

#include <cstddef>
#include <string_view>
#include <utility>

#include "net/transport.hpp"

namespace rtctl::net {

/// A head may have this many bytes in all (nginx and Apache send less than 32 KiB; browsers take
/// 256 KiB and more).
constexpr std::size_t kHeadBytesMax = 64 * 1024;

class HeadCollector {
 public:
  enum class Step {
    more,      ///< the head goes on
    complete,  ///< `head()` is the final head
    too_large,
    ignored,  ///< a trailer, or anything else after the final head
  };

  /// One line with or without its line end; the empty line ends a head.
  Step feed(std::string_view line);

  ResponseHead& head() { return head_; }

  /// Gives the head away; a long stream needs it no more.
  ResponseHead take_head() { return std::exchange(head_, {}); }
  bool is_complete() const { return complete_; }

  /// Ready for the next exchange.
  void reset();

 private:
  void begin(std::string_view status_line);
  void add_field(std::string_view line);

  ResponseHead head_;
  std::size_t bytes_ = 0;
  bool complete_ = false;
};

}  // namespace rtctl::net
