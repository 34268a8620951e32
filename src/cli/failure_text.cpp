#include "cli/failure_text.hpp"

#include <fmt/format.h>

namespace rtctl::cli {

std::string failure_text(const client::Response& response, client::Failure failure,
                         std::string_view kind) {
  if (failure == client::Failure::bad_json)
    return fmt::format("the answer is not that of a {}", kind);
  if (!response.detail.empty()) return std::string(response.detail);
  return fmt::format("status {}", response.status);
}

}  // namespace rtctl::cli
