// Files of rows that users take their data from.
#pragma once

#include <string>
#include <string_view>

#include "rtctl/scenario.hpp"

namespace rtctl::scenario {

/// CSV (RFC 4180, a header line first) or, when `path` ends in .jsonl or .ndjson, one JSON object
/// a line with the same keys in each. Messages are "path:line: what".
Result<Feeder> parse_feeder(std::string name, std::string_view content, const std::string& path);

}  // namespace rtctl::scenario
