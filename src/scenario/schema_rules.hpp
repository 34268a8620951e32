// What the JSON Schema says beyond single keys: which go together, and which exclude each other.
#pragma once

#include <nlohmann/json.hpp>

#include "scenario/spec.hpp"

namespace rtctl::scenario {

/// Keywords to add to the schema of the object; empty when its keys are independent.
nlohmann::ordered_json schema_rules(const Object& object);

/// A regular expression for conditions such as "a:delivery.p99 < 100ms": names, aggregates and the
/// form of the value.
std::string threshold_pattern();

}  // namespace rtctl::scenario
