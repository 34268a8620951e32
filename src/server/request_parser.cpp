#include "server/request_parser.hpp"

#include <algorithm>
#include <charconv>

#include "server/request_target.hpp"

namespace rtctl::server {
namespace {

constexpr std::string_view kHeadEnd = "\r\n\r\n";

/// RFC 9110, section 5.6.2.
bool is_token_character(char c) {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) return true;
  return std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_token_character);
}

/// RFC 9110, section 5.5: visible characters, obs-text, space and tab.
bool is_field_value(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return c == '\t' || (byte >= 0x20 && byte != 0x7f);
  });
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool list_contains(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    if (same_field_name(trimmed(list.substr(0, comma)), token)) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
  return false;
}

/// A host and maybe a port, loosely: what could not stand in a URL's authority is refused.
bool is_host(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~%!$&'()*+;=:[]").find(c) != std::string_view::npos;
  });
}

/// Whether a line end at or after `from` is not CRLF. A CR at the very end may still get its LF.
bool has_bad_line_end(std::string_view text, std::size_t from) {
  constexpr std::size_t kNone = std::string_view::npos;
  for (std::size_t lf = text.find('\n', from); lf != kNone; lf = text.find('\n', lf + 1)) {
    if (lf == 0 || text[lf - 1] != '\r') return true;
  }
  for (std::size_t cr = text.find('\r', from); cr != kNone; cr = text.find('\r', cr + 1)) {
    if (cr + 1 < text.size() && text[cr + 1] != '\n') return true;
  }
  return false;
}

}  // namespace

void RequestParser::reset() {
  state_ = State::idle;
  scanned_ = 0;
  request_ = {};
  chunked_.reset();
  body_left_ = 0;
}

std::size_t RequestParser::feed(std::string_view bytes) {
  std::size_t used = 0;
  if (state_ == State::idle || state_ == State::head) used = feed_head(bytes);
  if (state_ == State::body) used += feed_body(bytes.substr(used));
  return used;
}

std::size_t RequestParser::feed_head(std::string_view bytes) {
  std::size_t skipped = 0;
  if (pending_.empty()) {
    // RFC 9112, section 2.2: empty lines before the request line are read over.
    while (bytes.substr(skipped).starts_with("\r\n"))
      skipped += 2;
    bytes.remove_prefix(skipped);
    if (bytes.empty()) return skipped;
  }
  if (pending_ == "\r" && bytes.starts_with('\n')) {  // such an empty line, in two pieces
    pending_.clear();
    state_ = State::idle;
    return 1;
  }
  state_ = State::head;
  const std::size_t before = pending_.size();
  std::string_view seen = bytes;
  if (before != 0) {
    pending_ += bytes;
    seen = pending_;
  }
  const std::size_t search_from = before < kHeadEnd.size() ? 0 : before - kHeadEnd.size();
  const std::size_t end = seen.find(kHeadEnd, search_from);
  const std::string_view head =
      end == std::string_view::npos ? seen : seen.substr(0, end + kHeadEnd.size());
  check_limits(head);
  if (state_ == State::head && has_bad_line_end(head, scanned_))
    refuse(400, "a line of the head does not end in CRLF");
  if (end == std::string_view::npos || state_ == State::refused) {
    scanned_ = head.ends_with('\r') ? head.size() - 1 : head.size();
    if (before == 0) pending_ = bytes;
    return skipped + bytes.size();
  }
  const std::size_t used = head.size() - before;
  parse_head(seen.substr(0, end));
  pending_ = {};
  return skipped + used;
}

void RequestParser::check_limits(std::string_view head) {
  std::size_t line = std::min(head.find("\r\n"), head.size());
  if (line == head.size() && head.ends_with('\r')) --line;  // half of its end
  if (line > limits_.header_bytes_max) {
    refuse(414, "the request line is longer than " + std::to_string(limits_.header_bytes_max) +
                    " bytes");
  } else if (head.size() - line > limits_.header_bytes_max) {
    refuse(431, "the header fields are longer than " + std::to_string(limits_.header_bytes_max) +
                    " bytes");
  }
}

/// `head` is without the blank line that ends it; all its lines end in CRLF.
void RequestParser::parse_head(std::string_view head) {
  const std::size_t line_end = std::min(head.find("\r\n"), head.size());
  if (!parse_request_line(head.substr(0, line_end))) return;
  head.remove_prefix(std::min(line_end + 2, head.size()));
  while (!head.empty()) {
    const std::size_t end = head.find("\r\n");
    if (!parse_field(head.substr(0, end))) return;
    head.remove_prefix(end == std::string_view::npos ? head.size() : end + 2);
  }
  if (!settle_connection() || !settle_framing()) return;
  state_ = chunked_ || body_left_ > 0 ? State::body : State::done;
}

bool RequestParser::parse_request_line(std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last)
    return refuse(400, "the request line must be METHOD TARGET HTTP/1.1");
  const std::string_view method = line.substr(0, first);
  const std::string_view version = line.substr(last + 1);
  if (!is_token(method)) return refuse(400, "the method is not a token");
  if (version.size() != 8 || !version.starts_with("HTTP/") || version[6] != '.' ||
      version[5] < '0' || version[5] > '9' || version[7] < '0' || version[7] > '9')
    return refuse(400, "the request line does not end in an HTTP version");
  if (version[5] != '1') return refuse(505, "only HTTP/1.1 and HTTP/1.0 are spoken here");
  http_1_0_ = version[7] == '0';
  auto target = parse_request_target(method, line.substr(first + 1, last - first - 1));
  if (!target) return refuse(400, target.error().message);
  request_.method = method;
  request_.target = line.substr(first + 1, last - first - 1);
  request_.path = std::move(target->path);
  request_.query = std::move(target->query);
  return true;
}

bool RequestParser::parse_field(std::string_view line) {
  if (line.starts_with(' ') || line.starts_with('\t'))
    return refuse(400, "folded header fields are not accepted");
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon)))
    return refuse(400, "a header field must be NAME: VALUE, without space before the colon");
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (!is_field_value(value)) return refuse(400, "a header field has a control character");
  request_.fields.add(line.substr(0, colon), value);
  return true;
}

/// RFC 9112, sections 3.2 and 9.3.
bool RequestParser::settle_connection() {
  int hosts = 0;
  bool close = false;
  bool stay = false;
  expects_continue_ = false;
  for (const auto& [name, value] : request_.fields.all()) {
    if (same_field_name(name, "host")) {
      if (++hosts > 1 || !is_host(value)) return refuse(400, "there must be one valid Host");
    } else if (same_field_name(name, "connection")) {
      close = close || list_contains(value, "close");
      stay = stay || list_contains(value, "keep-alive");
    } else if (same_field_name(name, "expect") && !http_1_0_) {
      if (!same_field_name(value, "100-continue"))
        return refuse(417, "the only expectation that can be met is 100-continue");
      expects_continue_ = true;
    }
  }
  if (hosts == 0 && !http_1_0_) return refuse(400, "there must be a Host");
  keep_alive_ = !close && (!http_1_0_ || stay);
  return true;
}

/// RFC 9112, section 6.3. Anything that leaves the length open to opinion is refused.
bool RequestParser::settle_framing() {
  std::optional<std::string_view> length;
  bool chunked = false;
  for (const auto& [name, value] : request_.fields.all()) {
    if (same_field_name(name, "content-length")) {
      if (length) return refuse(400, "there is more than one Content-Length");
      length = value;
    } else if (same_field_name(name, "transfer-encoding")) {
      if (chunked || !same_field_name(value, "chunked"))
        return refuse(400, "the only Transfer-Encoding accepted is chunked, once");
      chunked = true;
    }
  }
  if (chunked && length)
    return refuse(400, "Content-Length and Transfer-Encoding exclude each other");
  if (chunked && http_1_0_) return refuse(400, "HTTP/1.0 has no Transfer-Encoding");
  if (chunked) chunked_.emplace(limits_.body_bytes_max);
  return !length || settle_length(*length);
}

bool RequestParser::settle_length(std::string_view value) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (value.empty() || !std::ranges::all_of(value, is_digit))
    return refuse(400, "Content-Length must be one decimal number");
  const auto parsed = std::from_chars(value.data(), value.data() + value.size(), body_left_);
  if (parsed.ec != std::errc{} || body_left_ > limits_.body_bytes_max) {
    return refuse(413,
                  "the body is longer than " + std::to_string(limits_.body_bytes_max) + " bytes");
  }
  return true;
}

std::size_t RequestParser::feed_body(std::string_view bytes) {
  if (!chunked_) {
    const std::size_t count = std::min<std::uint64_t>(bytes.size(), body_left_);
    request_.body.append(bytes.substr(0, count));
    body_left_ -= count;
    if (body_left_ == 0) state_ = State::done;
    return count;
  }
  const std::size_t used = chunked_->feed(bytes, request_.body);
  if (chunked_->state() == ChunkedBody::State::done) state_ = State::done;
  if (chunked_->state() == ChunkedBody::State::malformed)
    refuse(400, "the chunked body is malformed");
  if (chunked_->state() == ChunkedBody::State::too_large) {
    refuse(413, "the body is longer than " + std::to_string(limits_.body_bytes_max) + " bytes");
  }
  return used;
}

bool RequestParser::refuse(int status, std::string detail) {
  state_ = State::refused;
  keep_alive_ = false;
  refusal_ = Refusal{status, std::move(detail)};
  return false;
}

}  // namespace rtctl::server
