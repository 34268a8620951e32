// The real loop: Boost.Asio's io_context with rtctl's timer queue on top.
#pragma once

#include <memory>

#include "base/loop.hpp"

namespace boost::asio {
class io_context;
}

namespace rtctl {

/// A Loop that sockets can be used with. `now()` reads the clock at each call.
class AsioLoop : public Loop {
 public:
  /// For sockets, descriptors and signals; they belong to this loop's thread as well.
  virtual boost::asio::io_context& context() = 0;
};

/// `run` returns only after `stop`, even when there is nothing left to do.
std::unique_ptr<AsioLoop> make_asio_loop();

}  // namespace rtctl
