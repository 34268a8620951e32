// "Did you mean": the known word nearest to a misspelt one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rtctl {

/// The one of `known` with the smallest edit distance, if it is near enough to be what was meant:
/// at most a third of the word away, and at least one letter the same. "" otherwise.
std::string nearest(std::string_view word, const std::vector<std::string>& known);

}  // namespace rtctl
