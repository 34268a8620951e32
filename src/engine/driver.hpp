// Which transport the users go through.
#pragma once

#include <memory>
#include <string>

#include "base/asio_loop.hpp"
#include "net/transport.hpp"
#include "rtctl/run.hpp"

namespace rtctl::engine {

/// Belongs to `loop`. With Driver::automatic each channel is direct where that can do what the
/// channel needs towards `target`, and curl's otherwise.
std::unique_ptr<net::Transport> make_transport(AsioLoop& loop, Driver driver,
                                               const std::string& target);

/// What a report says of it: "direct", or "curl" with the reason.
std::string driver_text(Driver driver, const Scenario& scenario, const std::string& target);

}  // namespace rtctl::engine
