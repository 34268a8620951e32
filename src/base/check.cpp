#include "base/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace rtctl {

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "rtctl: internal error: %s does not hold (%s:%d)\n", condition, file, line);
  std::abort();
}

}  // namespace rtctl
