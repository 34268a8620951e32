// The head of an HTTP/1.1 response in a buffer, read by Beast's parser.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "net/body_decoder.hpp"
#include "net/transport.hpp"

namespace rtctl::net {

struct HeadResult {
  enum class Kind {
    more,  ///< the final head is not complete yet
    complete,
    bad_frame,
    limit,
  };
  Kind kind = Kind::more;
  std::size_t bytes = 0;  ///< taken off the front of the buffer, also when `more` (1xx heads)
  BodyDecoder body = BodyDecoder::none();
  bool keeps_alive = false;  ///< the connection may serve another exchange after the body
  bool is_encoded = false;   ///< Content-Encoding names a coding, which HTTP/1.1 alone cannot undo
  std::string detail;        ///< for people, when it went wrong
};

/// Reads the final head at the front of `buffer`, skipping informational ones. `bytes_before` is
/// what earlier calls have taken for this response. Fills status, version and headers of `head`,
/// whose strings are used again.
HeadResult read_response_head(std::string_view buffer, std::string_view method,
                              std::size_t bytes_before, ResponseHead& head);

}  // namespace rtctl::net
