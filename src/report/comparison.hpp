// Comparisons of thresholds, by name.
#pragma once

#include <optional>
#include <string_view>

#include "rtctl/summary.hpp"

namespace rtctl::report {

std::string_view comparison_text(Threshold::Comparison comparison);
std::optional<Threshold::Comparison> comparison_of(std::string_view text);

}  // namespace rtctl::report
