// The JSON of one logged activity.
#pragma once

#include <string>

#include "rtctl/scenario.hpp"
#include "scenario/template.hpp"

namespace rtctl::engine {

/// `{"type":...,"userId":...,"data":...}`, what POST /api/activity takes.
std::string activity_body(const Log& log, const scenario::Values& values);

}  // namespace rtctl::engine
