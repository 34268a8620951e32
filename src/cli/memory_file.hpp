// The files of --resume: small JSON objects, replaced in one step.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "rtctl/result.hpp"

namespace rtctl::cli {

/// The object in the file; nullopt when there is no such file yet, or it is empty (as mktemp leaves
/// it). It must hold `member`; else it is not a file of this command (a usage error).
Result<std::optional<nlohmann::json>> load_memory(const std::string& path, const char* member);

Result<void> save_memory(const std::string& path, const nlohmann::json& memory);

}  // namespace rtctl::cli
