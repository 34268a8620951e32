// How rtctl's functions report that setup failed: a value, or an Error that a person can act on.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace rtctl {

/// What kind of failure it was, where a caller decides by it. The exit codes of the commands
/// follow.
enum class ErrorKind {
  usage,    ///< a flag, file or scenario is invalid (exit 2)
  target,   ///< the peer failed: connection, HTTP, stream (exit 1)
  timeout,  ///< time ran out before what was asked for arrived (exit 4)
  system,   ///< the operating system refused: disk full, no descriptors, address in use (exit 5)
};

/// `message` says what, where, what was found and what would be right, without a final full stop.
struct Error {
  ErrorKind kind = ErrorKind::usage;
  std::string message;
};

/// The value or the Error. Test it, then return early; nothing in rtctl throws across a function.
template <typename T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(ErrorKind kind, std::string message) {
  return tl::unexpected<Error>(Error{kind, std::move(message)});
}

inline tl::unexpected<Error> usage_error(std::string message) {
  return fail(ErrorKind::usage, std::move(message));
}

}  // namespace rtctl
