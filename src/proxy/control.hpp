// A port to change a running proxy by: one line in, one line out.
#pragma once

#include <memory>
#include <string>

#include "base/asio_loop.hpp"
#include "proxy/proxy.hpp"
#include "rtctl/result.hpp"

namespace rtctl::proxy {

/// Belongs to its loop. Understands lines of settings ("latency=200ms jitter=50ms", "clear") which
/// it answers with "ok" or "error: ...", `show` (the settings in force) and `counts` (a JSON
/// object).
class Control {
 public:
  virtual ~Control() = default;
  virtual std::string address() const = 0;
};

/// Listens on `address` (HOST:PORT, port 0 picks one). `proxy` outlives the control; `start` is the
/// impairment it has now. A line over 4 KiB ends its connection.
Result<std::unique_ptr<Control>> start_control(AsioLoop& loop, const std::string& address,
                                               Proxy& proxy, const Impairment& start);

}  // namespace rtctl::proxy
