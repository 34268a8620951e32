// Speaking to another loop.
#pragma once

#include <utility>

#include "base/asio_loop.hpp"

namespace rtctl::server {

/// Runs `task` on `loop`: now, when `here` is that loop, else by posting it there.
template <typename Task>
void run_on(AsioLoop& loop, AsioLoop& here, Task&& task) {
  if (&loop == &here)
    task();
  else
    loop.post(std::forward<Task>(task));
}

}  // namespace rtctl::server
