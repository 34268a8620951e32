// Editing one line on a terminal while other lines come in above it.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace rtctl::cli {

/// The pure part: keys in, what to write to the terminal out. Knows UTF-8, the arrow keys, Home,
/// End, Delete and the usual control keys (A, E, U, K, W, H, D).
class LineEditor {
 public:
  /// `columns` is the terminal's width; longer lines scroll sideways.
  LineEditor(std::string prompt, std::size_t columns);

  /// What happened in `bytes`, in order, through the callbacks; returns what to write.
  std::string feed(std::string_view bytes);

  /// Puts `text` (whole lines) above the line being edited; returns what to write.
  std::string above(std::string_view text) const;

  /// What draws the line being edited; what takes it away.
  std::string draw() const;
  static std::string erase();

  void set_columns(std::size_t columns) { columns_ = columns; }
  const std::string& line() const { return line_; }

  std::function<void(std::string)> on_line;  ///< Enter, with the line
  std::function<void()> on_end;              ///< Ctrl-D on an empty line

 private:
  void key(char byte);
  void escape(char byte);
  void move_left();
  void move_right();
  void erase_left();
  void erase_right();
  void erase_word();

  std::string prompt_;
  std::size_t columns_;
  std::string line_;
  std::size_t cursor_ = 0;  // a byte offset at the begin of a code point
  std::string escape_;      // an escape sequence that has begun
};

}  // namespace rtctl::cli
