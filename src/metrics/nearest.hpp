// "Did you mean": the word that was probably meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rtctl::metrics {

/// The word of `known` that takes the fewest edits, if that is at most a third of the letters; ""
/// when none is near.
std::string nearest(std::string_view word, const std::vector<std::string>& known);

/// "a, b, c", for listing what is allowed.
std::string join(const std::vector<std::string>& words);

}  // namespace rtctl::metrics
