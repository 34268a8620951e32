// What a service has to do with its operating system: SIGHUP, and telling systemd how it is.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "base/asio_loop.hpp"

namespace rtctl::cli {

/// While it lives, SIGHUP calls back on the loop instead of ending the process.
class HangUp {
 public:
  virtual ~HangUp() = default;
};

std::unique_ptr<HangUp> watch_hang_up(AsioLoop& loop, std::function<void()> on_hang_up);

/// Sends "READY=1", "STOPPING=1" or the like to systemd (sd_notify(3)), when it started the process
/// and wants to know.
void tell_service_manager(std::string_view state);

}  // namespace rtctl::cli
