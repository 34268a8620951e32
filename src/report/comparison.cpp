#include "report/comparison.hpp"

#include <algorithm>
#include <array>

namespace rtctl::report {
namespace {

constexpr std::array<std::string_view, 6> kTexts{"<", "<=", ">", ">=", "==", "!="};

}  // namespace

std::string_view comparison_text(Threshold::Comparison comparison) {
  return kTexts[static_cast<std::size_t>(comparison)];
}

std::optional<Threshold::Comparison> comparison_of(std::string_view text) {
  const auto* at = std::find(kTexts.begin(), kTexts.end(), text);
  if (at == kTexts.end()) return std::nullopt;
  return static_cast<Threshold::Comparison>(at - kTexts.begin());
}

}  // namespace rtctl::report
