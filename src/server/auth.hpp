// Who may use the server: one bearer token, in the three places a client can put it.
#pragma once

#include <string>
#include <string_view>

#include "server/http.hpp"

namespace rtctl::server {

/// Compares in constant time and without telling the token's length. Immutable, so any loop may
/// ask.
class Auth {
 public:
  /// An empty token lets everybody in.
  explicit Auth(std::string_view token);

  bool is_open() const { return token_.empty(); }

  /// Looks at `Authorization: Bearer`, the cookie `rtctl_token` and the parameter `access_token`,
  /// which is there because browsers cannot set headers on an EventSource.
  bool allows(const Request& request) const;

 private:
  bool matches(std::string_view candidate) const;
  bool matches_cookie(std::string_view candidate) const;  // as it is, or percent-encoded

  std::string token_;
  std::string encoded_token_;
};

/// 401 with the challenge that RFC 6750, section 3 asks for.
Response unauthorized();

/// The request target as it may stand in a log: the value of `access_token` is replaced by "***".
std::string redacted_target(std::string_view target);

/// The value of one cookie in a Cookie field (RFC 6265, section 5.4), or "" when it is not there.
std::string_view cookie_value(std::string_view cookies, std::string_view name);

}  // namespace rtctl::server
