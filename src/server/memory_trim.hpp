// Memory goes back to the system when a crowd has left.
#pragma once

#include <cstdint>
#include <functional>

#include "base/loop.hpp"

namespace rtctl::server {

/// Freed memory stays with the process until somebody asks for it: glibc gives back only what lies
/// at the end of an arena, and one long-lived block there keeps all the rest. Belongs to the loop.
class MemoryTrim {
 public:
  /// `connections` says how many are open now; `trim` gives the memory back, which may take some
  /// milliseconds.
  MemoryTrim(Loop& loop, std::function<std::uint64_t()> connections, std::function<void()> trim);

 private:
  void look();

  Loop& loop_;
  const std::function<std::uint64_t()> connections_;
  const std::function<void()> trim_;
  std::uint64_t most_ = 0;  // connections seen since the last trim
  Timer timer_;
};

/// malloc_trim, where there is one.
void trim_memory();

}  // namespace rtctl::server
