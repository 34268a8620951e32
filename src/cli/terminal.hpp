// Text for people: colour where it is wanted, nothing that a peer could do to a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "cli/command.hpp"
#include "rtctl/result.hpp"

namespace rtctl::cli {

enum class Stream { out, error };

/// Whether to colour what goes there: --color decides, NO_COLOR and pipes turn `auto` off.
bool has_color(CommonOptions::Color color, Stream stream);

bool is_terminal(Stream stream);

/// The terminal's width now; 80 where there is none.
std::size_t terminal_columns(Stream stream);

/// Prints the error on stderr, as every command does, and returns the exit code that goes with it.
int print_error(const Error& error);

/// Control characters, which a hostile peer could steer a terminal with, become U+FFFD; LF and tab
/// stay.
std::string harmless(std::string_view text);

/// The same on one line: LF and tab become a space, and what is longer than `length_max` bytes is
/// cut.
std::string harmless_line(std::string_view text, std::size_t length_max = 400);

}  // namespace rtctl::cli
