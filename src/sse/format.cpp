// HTML Standard, section 9.2.5, "Parsing an event stream": the grammar, from the sender's side.
#include "base/check.hpp"
#include "rtctl/sse.hpp"

#include <algorithm>

namespace rtctl::sse {
namespace {

/// Appends each line of `text` behind `prefix`; CR, LF and CRLF all end one. Empty text is one
/// line.
void append_lines(std::string_view prefix, std::string_view text, std::string& out) {
  std::size_t begin = 0;
  // Looked for one by one: that is many times faster than for either, and events may be long.
  std::size_t lf = text.find('\n');
  std::size_t cr = text.find('\r');
  while (true) {
    const std::size_t end = std::min(lf, cr);
    out.append(prefix).append(text.substr(begin, end - begin)) += '\n';
    if (end == std::string_view::npos) return;
    begin = text.substr(end).starts_with("\r\n") ? end + 2 : end + 1;
    if (lf < begin) lf = text.find('\n', begin);
    if (cr < begin) cr = text.find('\r', begin);
  }
}

bool is_one_line(std::string_view text) {
  return text.find_first_of("\r\n") == std::string_view::npos;
}

}  // namespace

void format(const Frame& frame, std::string& out) {
  RTCTL_CHECK(is_one_line(frame.type));
  if (frame.id) {
    RTCTL_CHECK(is_one_line(*frame.id) && frame.id->find('\0') == std::string_view::npos);
    append_lines("id: ", *frame.id, out);
  }
  if (!frame.type.empty() && frame.type != "message") append_lines("event: ", frame.type, out);
  append_lines("data: ", frame.data, out);
  out += '\n';
}

void format_comment(std::string_view text, std::string& out) {
  append_lines(": ", text, out);
  out += '\n';
}

}  // namespace rtctl::sse
