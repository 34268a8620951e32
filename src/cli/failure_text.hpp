// How the commands that poll say why a request failed.
#pragma once

#include <string>
#include <string_view>

#include "client/request.hpp"

namespace rtctl::cli {

/// One line for people. `kind` names what was expected of the answer: "chat", "feed".
std::string failure_text(const client::Response& response, client::Failure failure,
                         std::string_view kind = {});

}  // namespace rtctl::cli
