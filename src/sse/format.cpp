// HTML Standard, section 9.2.5, "Parsing an event stream": the grammar, from the sender's side.
#include "base/check.hpp"
#include "rtctl/sse.hpp"

namespace rtctl::sse {
namespace {

/// Appends each line of `text` behind `prefix`; CR, LF and CRLF all end one. Empty text is one
/// line.
void append_lines(std::string_view prefix, std::string_view text, std::string& out) {
  while (true) {
    const std::size_t end = text.find_first_of("\r\n");
    out.append(prefix).append(text.substr(0, end)) += '\n';
    if (end == std::string_view::npos) return;
    text.remove_prefix(text.substr(end).starts_with("\r\n") ? end + 2 : end + 1);
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
