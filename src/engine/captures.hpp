// Values that a flow takes from one answer and uses in later requests.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/request.hpp"
#include "engine/values.hpp"
#include "rtctl/scenario.hpp"

namespace rtctl::engine {

/// Takes what the step names from the answer into the user's slots. Returns what could not be
/// found; nullopt when all was.
std::optional<std::string> take_captures(const std::vector<Capture>& captures,
                                         const client::Response& response,
                                         std::vector<Captured>& slots);

}  // namespace rtctl::engine
