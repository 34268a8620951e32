// What a run needs of this machine (sockets, ports, descriptors) and what there is.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "rtctl/scenario.hpp"

namespace rtctl::engine {

/// Connections of one group at its busiest.
std::uint64_t sockets_of(const Group& group);

struct Need {
  std::uint64_t sockets = 0;
  std::uint64_t own_descriptors = 0;  ///< what the program has open without any user
  std::uint64_t descriptors = 0;      ///< sockets and its own
  bool through_proxy = false;         ///< `network:` takes two descriptors more per connection
};

/// Of a share of the scenario (1: all of it).
Need need_of(const Scenario& scenario, unsigned threads, double share = 1);

struct Limits {
  std::uint64_t descriptors = 0;       ///< the hard limit: the soft one is raised to it
  std::uint64_t ports_per_source = 0;  ///< of net.ipv4.ip_local_port_range
};
Limits limits_of_this_machine();

/// Raises the soft limit of open files to the hard one. Returns what it is then.
std::uint64_t raise_descriptor_limit();

/// Connections that one source address opens quickly; measured, beyond about 9,000 the kernel's
/// search for a free port gets slow.
inline constexpr std::uint64_t kSocketsPerSource = 8'000;

/// Loopback addresses to connect from, when one does not suffice; else none.
std::vector<std::string> loopback_sources(std::uint64_t sockets);

/// Error (usage) when the limits do not allow the need: how many users would fit, how many workers
/// the scenario takes.
Result<void> check_fit(const Scenario& scenario, const Need& need, const Limits& limits);

std::uint64_t users_of(const Scenario& scenario);

/// `wanted`, or one per core when that is 0.
unsigned threads_of(unsigned wanted);

}  // namespace rtctl::engine
