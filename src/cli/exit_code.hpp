// Every exit code of rtctl. The man pages and README quote this list.
#pragma once

#include "rtctl/result.hpp"

namespace rtctl::cli {

enum ExitCode : int {
  exit_ok = 0,
  exit_target = 1,       ///< connection, HTTP or stream failed; a bench in which nothing succeeded
  exit_usage = 2,        ///< a wrong flag, an invalid file, a URL that cannot be parsed
  exit_timeout = 4,      ///< time ran out before what was asked for arrived
  exit_internal = 5,     ///< a failure of rtctl or of the operating system under it
  exit_thresholds = 99,  ///< thresholds not met, as k6 has it
  exit_sigint = 130,
  exit_sigterm = 143,
};

inline ExitCode exit_code_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage:
      return exit_usage;
    case ErrorKind::target:
      return exit_target;
    case ErrorKind::timeout:
      return exit_timeout;
    case ErrorKind::system:
      break;
  }
  return exit_internal;
}

}  // namespace rtctl::cli
