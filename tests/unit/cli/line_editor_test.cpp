#include "cli/line_editor.hpp"

#include <doctest/doctest.h>

#include <clocale>
#include <string>
#include <vector>

using rtctl::cli::LineEditor;

namespace {

/// The line that is left after the keys.
std::string after(std::string_view keys) {
  LineEditor editor("> ", 80);
  editor.feed(keys);
  return editor.line();
}

}  // namespace

TEST_CASE("line editor: keys") {
  CHECK(after("abc") == "abc");
  CHECK(after("abc\x7f") == "ab");
  CHECK(after("\x7f\x7f") == "");
  CHECK(after("abc\x1b[D\x1b[Dx") == "axbc");
  CHECK(after("abc\x1b[D\x1b[D\x1b[Cx") == "abxc");
  CHECK(after("abc\x01x\x05y") == "xabcy");
  CHECK(after("abc\x1b[Hx\x1b[Fy") == "xabcy");
  CHECK(after("abc\x1b[1~x\x1b[4~y") == "xabcy");
  CHECK(after("abc\x01\x1b[3~") == "bc");
  CHECK(after("abc\x01\x04") == "bc");
  CHECK(after("one two  \x17") == "one ");
  CHECK(after("abc\x15") == "");
  CHECK(after("abc\x01\x0b") == "");
  CHECK(after("a\x1b[A\x1b[15~\x1b[1;5C\x02z") == "az");  // unknown keys are swallowed whole
}

TEST_CASE("line editor: UTF-8 is moved over and erased whole") {
  CHECK(after("a\xC3\xA9\x7f") == "a");
  CHECK(after("\xF0\x9F\x98\x80\x1b[Dx") == "x\xF0\x9F\x98\x80");
  CHECK(after("\xC3\xA9\x01\x1b[3~") == "");
}

TEST_CASE("line editor: cut anywhere, the same") {
  const std::string keys = "h\xC3\xA9llo\x1b[D\x1b[3~\x1b[1~>\x17x";
  for (std::size_t cut = 0; cut <= keys.size(); ++cut) {
    LineEditor editor("> ", 80);
    editor.feed(std::string_view(keys).substr(0, cut));
    editor.feed(std::string_view(keys).substr(cut));
    CHECK(editor.line() == after(keys));
  }
}

TEST_CASE("line editor: Enter hands the line over, Ctrl-D ends on an empty one only") {
  LineEditor editor("> ", 80);
  std::vector<std::string> lines;
  int ends = 0;
  editor.on_line = [&](std::string line) { lines.push_back(std::move(line)); };
  editor.on_end = [&] { ++ends; };
  editor.feed("one\rtwo\n\x04");
  CHECK(lines == std::vector<std::string>{"one", "two"});
  CHECK(ends == 1);
}

TEST_CASE(
    "line editor: other lines go above, the line is drawn again, nothing steers the terminal") {
  LineEditor editor("> ", 80);
  editor.feed("ab\x1b[D");
  CHECK(editor.above("bob: hi\n") == "\r\x1b[Kbob: hi\n> ab\x1b[1D");
}

TEST_CASE("line editor: wide characters take two columns, combining ones none") {
  std::setlocale(LC_CTYPE, "C.UTF-8");
  LineEditor editor("> ", 80);
  editor.feed("\u65e5\u672ce\u0301x\x1b[D");
  CHECK(editor.draw() == "> \u65e5\u672ce\u0301x\x1b[1D");
  editor.feed("\x01");
  CHECK(editor.draw() == "> \u65e5\u672ce\u0301x\x1b[6D");
  editor.set_columns(8);  // room for four columns beside the prompt and the cursor
  CHECK(editor.draw() == "> \u65e5\u672c\x1b[4D");
  std::setlocale(LC_CTYPE, "C");
}

TEST_CASE("line editor: a pasted line of 200,000 characters is drawn at once") {
  LineEditor editor("> ", 80);
  editor.feed(std::string(200'000, 'x'));
  CHECK(editor.draw().size() <= 80);
}

TEST_CASE("line editor: a line wider than the terminal shows the part around the cursor") {
  LineEditor editor("> ", 12);
  editor.feed("0123456789abcdef");
  const std::string shown = editor.draw();
  CHECK(shown.size() <= 12);
  CHECK(shown.find("def") != std::string::npos);
  editor.feed("\x01");
  CHECK(editor.draw().find("> 0123") == 0);
}
