#include "net/response_head_reader.hpp"

namespace rtctl::net {

HeadResult ResponseHeadReader::read(std::string_view buffer, std::string_view method,
                                    std::size_t bytes_before) {
  const bool is_known = !text_.empty() && bytes_before == 0 && buffer.starts_with(text_);
  if (is_known && method == method_) return result_;
  text_.clear();
  HeadResult result = read_response_head(buffer, method, bytes_before, head_);
  if (result.kind != HeadResult::Kind::complete || bytes_before > 0) return result;
  text_ = buffer.substr(0, result.bytes);
  method_ = method;
  result_ = result;
  return result;
}

}  // namespace rtctl::net
