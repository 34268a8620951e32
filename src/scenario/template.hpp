// Filling a Template's holes. The engine implements Values once per user and calls expand() for
// each path, header and body it sends; a buffer that is reused makes it free of allocation.
#pragma once

#include <string>
#include <string_view>

#include "rtctl/scenario.hpp"

namespace rtctl::scenario {

/// What a variable is worth right now.
struct Value {
  std::string_view text;  ///< must live until the next call of the same Values
  bool is_json = false;   ///< `text` is a JSON number, boolean, null, array or object, not a text
};

/// The variables of one user at one moment. user_index and iteration are numbers (is_json), `now`
/// is text, a feeder's value is Scenario::feeders[..].rows[user_index % rows][column].
class Values {
 public:
  virtual Value value(const Variable& variable) const = 0;

 protected:
  ~Values() = default;
};

/// Appends the filled template to `out`.
void expand(const Template& text, const Values& values, std::string& out);

/// A template that is always the same text.
Template literal(std::string text);

}  // namespace rtctl::scenario
