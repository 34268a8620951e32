#include <algorithm>

#include "net/transport.hpp"

namespace rtctl::net {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

}  // namespace

std::optional<std::string_view> find_header(const Headers& headers, std::string_view name) {
  const auto same = [&](const Header& header) {
    return std::ranges::equal(header.name, name, {}, lower, lower);
  };
  const auto found = std::ranges::find_if(headers, same);
  if (found == headers.end()) return std::nullopt;
  return found->value;
}

}  // namespace rtctl::net
