// RTCTL_CHECK: states what must hold. A violation is a bug in rtctl: it prints and aborts, in
// release too.
#pragma once

namespace rtctl {

[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace rtctl

#define RTCTL_CHECK(condition) \
  (static_cast<bool>(condition) ? void(0) : ::rtctl::check_failed(#condition, __FILE__, __LINE__))
