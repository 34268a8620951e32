#include "server/router.hpp"

#include <algorithm>

namespace rtctl::server {
namespace {

bool matches(const Route& route, std::string_view path) {
  const std::string_view pattern = route.path;
  if (!pattern.ends_with("/*")) return pattern == path;
  return path.starts_with(pattern.substr(0, pattern.size() - 1));
}

}  // namespace

bool Route::allows(std::string_view method) const {
  if (method == "OPTIONS") return true;
  if (method == "HEAD") method = "GET";
  return std::ranges::find(methods, method) != methods.end();
}

std::string Route::allow() const {
  std::string value;
  for (const std::string& method : methods) {
    value += method + ", ";
    if (method == "GET") value += "HEAD, ";
  }
  return value + "OPTIONS";
}

void Router::add(Route route) {
  routes_.push_back(std::move(route));
}

const Route* Router::find(std::string_view path) const {
  const auto found =
      std::ranges::find_if(routes_, [&](const Route& route) { return matches(route, path); });
  return found == routes_.end() ? nullptr : &*found;
}

}  // namespace rtctl::server
