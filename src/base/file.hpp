// Whole files: read with a bound, replace atomically.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "rtctl/result.hpp"

namespace rtctl {

/// The content of a file ("-" is stdin). Longer than `bytes_max`, or unreadable, is an error naming
/// the path.
Result<std::string> read_file(const std::string& path, std::uint64_t bytes_max);

/// Whether replace_file could begin: looks by creating what it would create. Error: usage.
Result<void> check_replaceable(const std::string& path);

/// Replaces the file in one step: writes a neighbour, syncs it, renames it. After a crash the path
/// holds either all of the old content or all of the new one. A full disk leaves the old content.
/// The permissions stay, and so does a symbolic link, whose target is replaced. A device or pipe is
/// written to instead.
Result<void> replace_file(const std::string& path, std::string_view content);

}  // namespace rtctl
