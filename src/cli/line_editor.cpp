#include "cli/line_editor.hpp"

#include <cstdint>
#include <cwchar>
#include <utility>

#include "cli/terminal.hpp"

namespace rtctl::cli {
namespace {

constexpr char control(char letter) {
  return static_cast<char>(letter & 0x1F);
}

bool is_continuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

std::size_t left_of(std::string_view text, std::size_t at) {
  while (at > 0 && is_continuation(text[at - 1]))
    --at;
  return at == 0 ? 0 : at - 1;
}

std::size_t right_of(std::string_view text, std::size_t at) {
  if (at < text.size()) ++at;
  while (at < text.size() && is_continuation(text[at]))
    ++at;
  return at;
}

/// The code point that the text, which is not empty, begins with.
wchar_t first_of(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0xC0) return static_cast<wchar_t>(lead);
  std::uint32_t point = lead < 0xE0 ? lead & 0x1FU : lead < 0xF0 ? lead & 0x0FU : lead & 0x07U;
  for (std::size_t at = 1; at < text.size() && is_continuation(text[at]); ++at)
    point = point << 6U | (static_cast<unsigned char>(text[at]) & 0x3FU);
  return static_cast<wchar_t>(point);
}

/// Columns on the terminal: two for wide characters, none for combining ones, as far as the locale
/// knows them.
std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size(); at = right_of(text, at)) {
    const int columns = ::wcwidth(first_of(text.substr(at)));
    width += columns < 0 ? 1 : static_cast<std::size_t>(columns);
  }
  return width;
}

}  // namespace

LineEditor::LineEditor(std::string prompt, std::size_t columns)
    : prompt_(std::move(prompt)), columns_(columns) {}

std::string LineEditor::feed(std::string_view bytes) {
  for (const char byte : bytes) {
    if (escape_.empty() && byte != '\x1b') {
      key(byte);
    } else {
      escape(byte);
    }
  }
  return erase() + draw();
}

void LineEditor::key(char byte) {
  switch (byte) {
    case '\r':
    case '\n':
      cursor_ = 0;
      if (on_line) on_line(std::exchange(line_, {}));
      return;
    case control('D'):
      if (!line_.empty()) return erase_right();
      if (on_end) on_end();
      return;
    case control('A'):
      cursor_ = 0;
      return;
    case control('E'):
      cursor_ = line_.size();
      return;
    case control('U'):
      line_.erase(0, std::exchange(cursor_, 0));
      return;
    case control('K'):
      line_.resize(cursor_);
      return;
    case control('W'):
      return erase_word();
    case control('H'):
    case '\x7f':
      return erase_left();
    default:
      break;
  }
  if (static_cast<unsigned char>(byte) < 0x20 && byte != '\t') return;
  line_.insert(cursor_++, 1, byte);
}

/// "ESC [ ... letter", "ESC [ digit ~" and "ESC O letter"; unknown ones are swallowed whole.
void LineEditor::escape(char byte) {
  escape_ += byte;
  if (escape_.size() == 1 || (escape_.size() == 2 && (byte == '[' || byte == 'O'))) return;
  const bool is_more = (byte >= '0' && byte <= '9') || byte == ';';
  if (is_more && escape_.size() < 8) return;
  const std::string sequence = std::exchange(escape_, {});
  const std::string_view tail = std::string_view(sequence).substr(2);
  if (sequence.size() < 3) return;
  if (tail == "D") move_left();
  if (tail == "C") move_right();
  if (tail == "H" || tail == "1~" || tail == "7~") cursor_ = 0;
  if (tail == "F" || tail == "4~" || tail == "8~") cursor_ = line_.size();
  if (tail == "3~") erase_right();
}

void LineEditor::move_left() {
  cursor_ = left_of(line_, cursor_);
}

void LineEditor::move_right() {
  cursor_ = right_of(line_, cursor_);
}

void LineEditor::erase_left() {
  const std::size_t begin = left_of(line_, cursor_);
  line_.erase(begin, cursor_ - begin);
  cursor_ = begin;
}

void LineEditor::erase_right() {
  line_.erase(cursor_, right_of(line_, cursor_) - cursor_);
}

void LineEditor::erase_word() {
  std::size_t begin = cursor_;
  while (begin > 0 && line_[begin - 1] == ' ')
    --begin;
  while (begin > 0 && line_[begin - 1] != ' ')
    --begin;
  line_.erase(begin, cursor_ - begin);
  cursor_ = begin;
}

std::string LineEditor::erase() {
  return "\r\x1b[K";
}

std::string LineEditor::draw() const {
  const std::size_t room = columns_ > width_of(prompt_) + 2 ? columns_ - width_of(prompt_) - 1 : 10;
  const std::string_view line = line_;
  const auto width = [&](std::size_t from, std::size_t to) {
    return width_of(line.substr(from, to - from));
  };
  // What is shown ends at the cursor at the earliest, and begins as far left as fits. Both are
  // sought from the cursor, for a line that was pasted may be long.
  std::size_t begin = cursor_;
  std::size_t shown = 0;
  for (std::size_t left = begin; begin > 0; begin = left) {
    left = left_of(line, begin);
    const std::size_t wider = shown + width(left, begin);
    if (wider >= room) break;
    shown = wider;
  }
  std::size_t end = cursor_;
  for (std::size_t right = end; end < line.size(); end = right) {
    right = right_of(line, end);
    const std::size_t wider = shown + width(end, right);
    if (wider >= room) break;
    shown = wider;
  }
  const std::size_t behind = width(cursor_, end);
  std::string text = prompt_ + harmless_line(line.substr(begin, end - begin), end - begin);
  if (behind > 0) text += "\x1b[" + std::to_string(behind) + "D";
  return text;
}

std::string LineEditor::above(std::string_view text) const {
  return erase() + std::string(text) + draw();
}

}  // namespace rtctl::cli
