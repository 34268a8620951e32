// What the variables of a scenario are worth for one user at one moment.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/site.hpp"
#include "scenario/template.hpp"

namespace rtctl::engine {

/// What a flow took from an answer.
struct Captured {
  std::string text;
  bool is_json = false;  ///< a number, boolean, null, array or object, not a text
};

/// Made on the stack for each filling; the captures are the user's own and may be null.
class UserValues final : public scenario::Values {
 public:
  UserValues(const Site& site, std::uint64_t user, std::uint64_t iteration,
             const std::vector<Captured>* captures = nullptr)
      : site_(&site), user_(user), iteration_(iteration), captures_(captures) {}

  scenario::Value value(const Variable& variable) const override;

 private:
  const Site* site_;
  std::uint64_t user_;
  std::uint64_t iteration_;
  const std::vector<Captured>* captures_;
  mutable std::string text_;  ///< what the last value's view points to
};

}  // namespace rtctl::engine
