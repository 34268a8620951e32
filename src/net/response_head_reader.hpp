// Head after head of one transport's responses.
#pragma once

#include <string>
#include <string_view>

#include "net/response_head.hpp"

namespace rtctl::net {

/// Remembers the last head: what a server answers to the same question is the same to the byte for
/// as long as its Date is, and comparing costs a hundredth of reading. Belongs to one loop.
class ResponseHeadReader {
 public:
  /// As `read_response_head`, into `head()`.
  HeadResult read(std::string_view buffer, std::string_view method, std::size_t bytes_before);

  /// The last head that was read completely; valid until the next `read`.
  ResponseHead& head() { return head_; }

 private:
  ResponseHead head_;
  std::string
      text_;  // all that `head_` and `result_` were read from; empty when they are not whole
  std::string method_;
  HeadResult result_;
};

}  // namespace rtctl::net
