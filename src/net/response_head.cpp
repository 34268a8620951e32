#include "net/response_head.hpp"

#include <boost/beast/http/basic_parser.hpp>

#include "net/head_collector.hpp"
#include "net/request_check.hpp"

namespace rtctl::net {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

/// Beast's parser reads one head into a ResponseHead; bodies are BodyDecoder's.
class HeadParser final : public http::basic_parser<false> {
 public:
  explicit HeadParser(ResponseHead& head) : head_(head) {
    header_limit(static_cast<std::uint32_t>(kHeadBytesMax));
    skip(true);
  }

  /// All that were found; the rest of the vector is from a head before.
  std::size_t fields() const { return fields_; }

 private:
  using Text = beast::string_view;
  using Error = beast::error_code;

  void on_response_impl(int code, Text, int version, Error&) override {
    head_.status = code;
    head_.version = version == 10 ? "1.0" : "1.1";
  }

  void on_field_impl(http::field, Text name_text, Text value, Error&) override {
    if (fields_ == head_.headers.size()) head_.headers.emplace_back();
    Header& header = head_.headers[fields_++];
    header.name.assign(name_text.data(), name_text.size());
    header.value.assign(value.data(), value.size());
  }

  void on_request_impl(http::verb, Text, Text, int, Error&) override {}
  void on_header_impl(Error&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Error&) override {}
  std::size_t on_body_impl(Text body, Error&) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t, Text, Error&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, Text body, Error&) override { return body.size(); }
  void on_finish_impl(Error&) override {}

  ResponseHead& head_;
  std::size_t fields_ = 0;
};

HeadResult bad_frame(std::string detail) {
  return {.kind = HeadResult::Kind::bad_frame, .detail = std::move(detail)};
}

/// What can be said before the head is complete: a peer that speaks something else may never send
/// the empty line that ends a head.
HeadResult judge_beginning(std::string_view buffer, std::size_t bytes_all) {
  constexpr std::string_view kStart = "HTTP/1.";
  const std::string_view start = buffer.substr(0, kStart.size());
  if (start != kStart.substr(0, start.size())) return bad_frame("the answer is not HTTP/1");
  if (bytes_all > kHeadBytesMax)
    return {.kind = HeadResult::Kind::limit, .detail = "the response header is larger than 64 KiB"};
  if (buffer.find("\n\n") != std::string_view::npos)
    return bad_frame("the lines of the response header do not end in CR LF");
  return {};
}

BodyDecoder body_of(const HeadParser& parser, std::string_view method, int status) {
  if (!may_have_body(method, status)) return BodyDecoder::none();
  if (parser.chunked()) return BodyDecoder::chunked();
  if (const auto length = parser.content_length()) return BodyDecoder::length(*length);
  return BodyDecoder::until_close();
}

HeadResult parse_one(std::string_view bytes, std::string_view method, ResponseHead& head) {
  HeadParser parser(head);
  beast::error_code error;
  parser.put(boost::asio::buffer(bytes.data(), bytes.size()), error);
  head.headers.resize(parser.fields());
  if (error || !parser.is_header_done())
    return bad_frame("malformed response header: " + error.message());
  if (!has_sane_length(head.headers)) return bad_frame("the Content-Length makes no sense");
  HeadResult result{.kind = HeadResult::Kind::complete,
                    .bytes = bytes.size(),
                    .body = body_of(parser, method, head.status)};
  result.is_encoded = !knows_content_encoding(head.headers, Decoding::none);
  result.keeps_alive = parser.keep_alive() && !result.body.ends_with_connection();
  return result;
}

}  // namespace

HeadResult read_response_head(std::string_view buffer, std::string_view method,
                              std::size_t bytes_before, ResponseHead& head) {
  std::size_t taken = 0;
  for (;;) {
    const std::string_view rest = buffer.substr(taken);
    const std::size_t end = rest.find("\r\n\r\n");
    const std::size_t bytes_all = bytes_before + taken + rest.substr(0, end).size();
    if (end == std::string_view::npos || bytes_all > kHeadBytesMax) {
      HeadResult judged = judge_beginning(rest.substr(0, end), bytes_all);
      if (judged.kind == HeadResult::Kind::more) judged.bytes = taken;
      return judged;
    }
    HeadResult result = parse_one(rest.substr(0, end + 4), method, head);
    if (result.kind == HeadResult::Kind::bad_frame) {
      HeadResult judged = judge_beginning(rest.substr(0, end), bytes_all);
      return judged.kind == HeadResult::Kind::more ? result : judged;
    }
    result.bytes += taken;
    const bool is_informational = head.status >= 100 && head.status < 200;
    if (result.kind != HeadResult::Kind::complete || !is_informational) return result;
    taken = result.bytes;
  }
}

}  // namespace rtctl::net
