// From path to endpoint: which paths there are, and what may be done with each.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "server/endpoint.hpp"

namespace rtctl::server {

enum class Access {
  token,  ///< needs the auth token when one is set
  open,   ///< answered to anybody: liveness checks
};

struct Route {
  std::string path;                  ///< exact, or a prefix when it ends in "/*"
  std::vector<std::string> methods;  ///< "GET", "POST": HEAD and OPTIONS are added by themselves
  Endpoint* endpoint = nullptr;      ///< outlives the router
  Access access = Access::token;
  std::string metrics_name;  ///< label in /metrics; empty: the path

  bool allows(std::string_view method) const;
  std::string allow() const;  ///< the value of `Allow`
};

/// Filled before the server runs, then only read: any loop may ask it.
class Router {
 public:
  void add(Route route);

  /// The route of a decoded path, or nullptr.
  const Route* find(std::string_view path) const;

  const std::vector<Route>& routes() const { return routes_; }

 private:
  std::vector<Route> routes_;
};

}  // namespace rtctl::server
