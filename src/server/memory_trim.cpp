#include "server/memory_trim.hpp"

#include <malloc.h>

#include <algorithm>
#include <utility>

namespace rtctl::server {
namespace {

constexpr Duration kLookEvery = std::chrono::seconds(2);
constexpr std::uint64_t kCrowd = 200;  // fewer are not worth the pause (guess)

}  // namespace

MemoryTrim::MemoryTrim(Loop& loop, std::function<std::uint64_t()> connections,
                       std::function<void()> trim)
    : loop_(loop), connections_(std::move(connections)), trim_(std::move(trim)) {
  look();
}

/// Half of a crowd has to have left, so that it is not done over and over.
void MemoryTrim::look() {
  const std::uint64_t open = connections_();
  most_ = std::max(most_, open);
  if (most_ >= kCrowd && open <= most_ / 2) {
    trim_();
    most_ = open;
  }
  timer_ = loop_.after(kLookEvery, [this] { look(); });
}

void trim_memory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

}  // namespace rtctl::server
