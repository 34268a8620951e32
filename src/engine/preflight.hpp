// One look at the target before thousands of users go there.
#pragma once

#include <string>

#include "rtctl/result.hpp"

namespace rtctl::engine {

struct TargetAddress {
  std::string host;  ///< without brackets
  std::string port;
  bool is_tls = false;
};

/// `url` is absolute http or https; the default port is filled in.
Result<TargetAddress> target_address(const std::string& url);

struct Reached {
  std::string address;        ///< that the name stands for, numeric
  bool is_same_host = false;  ///< both ends of the connection have one address
  bool is_loopback4 = false;  ///< in 127.0.0.0/8, where every address is ours to connect from
};

/// Opens one TCP connection and closes it. Blocks for at most `seconds`. Error: ErrorKind::target
/// with the system's words.
Result<Reached> reach(const TargetAddress& target, int seconds);

}  // namespace rtctl::engine
