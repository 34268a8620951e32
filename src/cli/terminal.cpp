#include "cli/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

#include "cli/exit_code.hpp"

namespace rtctl::cli {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// C0 and DEL; C1 comes as two bytes in UTF-8, 0xC2 and 0x80 to 0x9F.
bool is_control(std::string_view text, std::size_t index) {
  const auto byte = static_cast<unsigned char>(text[index]);
  if (byte < 0x20 || byte == 0x7F) return true;
  if (byte != 0xC2 || index + 1 == text.size()) return false;
  const auto next = static_cast<unsigned char>(text[index + 1]);
  return next >= 0x80 && next < 0xA0;
}

int descriptor_of(Stream stream) {
  return stream == Stream::out ? STDOUT_FILENO : STDERR_FILENO;
}

}  // namespace

bool is_terminal(Stream stream) {
  return ::isatty(descriptor_of(stream)) == 1;
}

std::size_t terminal_columns(Stream stream) {
  winsize size{};
  const bool is_known = ::ioctl(descriptor_of(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return is_known ? size.ws_col : 80;
}

bool has_color(CommonOptions::Color color, Stream stream) {
  if (color != CommonOptions::Color::automatic) return color == CommonOptions::Color::always;
  const char* const no_color = std::getenv("NO_COLOR");
  return is_terminal(stream) && (no_color == nullptr || *no_color == '\0');
}

int print_error(const Error& error) {
  fmt::print(stderr, "rtctl: {}\n", harmless(error.message));
  return exit_code_of(error.kind);
}

std::string harmless(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t index = 0; index < text.size(); ++index) {
    if (text[index] == '\n' || text[index] == '\t' || !is_control(text, index)) {
      result += text[index];
      continue;
    }
    if (static_cast<unsigned char>(text[index]) == 0xC2) ++index;
    result += kReplacement;
  }
  return result;
}

std::string harmless_line(std::string_view text, std::size_t length_max) {
  std::size_t length = std::min(text.size(), length_max);
  // Not in the middle of a UTF-8 sequence.
  while (length < text.size() && length > 0 &&
         (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80)
    --length;
  std::string result = harmless(text.substr(0, length));
  for (char& c : result)
    c = c == '\n' || c == '\t' ? ' ' : c;
  if (length < text.size()) result += "...";
  return result;
}

}  // namespace rtctl::cli
