// What a target may look like.
#pragma once

#include <string_view>

namespace rtctl::scenario {

/// "http://" or "https://", a host, a port from 1 to 65535 where there is one, and then anything.
bool is_http_url(std::string_view text);

}  // namespace rtctl::scenario
