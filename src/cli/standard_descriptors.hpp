// Descriptors 0, 1 and 2, as the program finds them.
#pragma once

namespace rtctl::cli {

/// Opens /dev/null for those that are closed, so that no socket becomes standard output and
/// receives what is printed. Call first of all.
void guard_standard_descriptors();

/// Whether standard output was closed when the program began.
bool was_stdout_closed();

}  // namespace rtctl::cli
