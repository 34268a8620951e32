#include "cli/standard_descriptors.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <initializer_list>

namespace rtctl::cli {
namespace {

bool stdout_was_closed = false;  // written once, before there are threads

}  // namespace

void guard_standard_descriptors() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) >= 0) continue;
    if (fd == STDOUT_FILENO) stdout_was_closed = true;
    (void)::open("/dev/null", O_RDWR);  // takes the lowest free one: this
  }
}

bool was_stdout_closed() {
  return stdout_was_closed;
}

}  // namespace rtctl::cli
