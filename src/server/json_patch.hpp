// JSON Patch (RFC 6902): what turns one value into another.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace rtctl::server {

/// The JSON pointer of the member `key` below `pointer` (RFC 6901, section 3).
std::string pointer_to(std::string_view pointer, std::string_view key);

/// The operations that turn `from` into `to`, both at `pointer`; an empty array when they are
/// equal. Where those would be longer than the new value itself, it is replaced as a whole: what
/// changes everywhere, or lies below long keys, could otherwise make a patch of thousands of times
/// its size.
nlohmann::json patch_between(const nlohmann::json& from, const nlohmann::json& to,
                             const std::string& pointer);

}  // namespace rtctl::server
