// Lists in messages.
#pragma once

#include <string>
#include <vector>

namespace rtctl::metrics {

/// "a, b, c", for listing what is allowed.
std::string join(const std::vector<std::string>& words);

}  // namespace rtctl::metrics
