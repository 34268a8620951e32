// One connection through the proxy: two sockets and the two directions between them.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>

#include "base/asio_loop.hpp"
#include "proxy/proxy.hpp"
#include "proxy/shaper.hpp"

namespace rtctl::proxy {

/// Why a connection is over.
enum class RelayEnd {
  done,         ///< both sides ended, or one broke
  cut,          ///< on purpose
  unreachable,  ///< upstream could not be reached
};

/// Shared ownership: the proxy holds it, and so does each asynchronous operation under way.
class Relay : public std::enable_shared_from_this<Relay> {
 public:
  using Ended = std::function<void()>;

  /// `counts` and `random` belong to the proxy and outlive the relay's last callback. `ended` is
  /// called once, never inside `start`.
  Relay(AsioLoop& loop, boost::asio::ip::tcp::socket client, const Impairment& impairment,
        ProxyCounts& counts, Random& random, Ended ended);
  ~Relay();

  void start(const boost::asio::ip::tcp::endpoint& upstream);
  void set_impairment(const Impairment& impairment);

  /// Closes both sockets; with `reset` the peers see a RST. `ended` is not called any more.
  void close(bool reset);

 private:
  class Direction;

  void connect(const boost::asio::ip::tcp::endpoint& upstream);
  void opened();
  void direction_ended();
  void passed_down(std::size_t bytes);
  void end(RelayEnd how, bool reset);

  AsioLoop& loop_;
  boost::asio::ip::tcp::socket client_;
  boost::asio::ip::tcp::socket upstream_;
  Impairment impairment_;
  ProxyCounts& counts_;
  Random& random_;
  Ended ended_;
  std::unique_ptr<Direction> up_, down_;
  Timer open_timer_, cut_timer_;
  std::uint64_t bytes_down_ = 0;
  int directions_ended_ = 0;
};

}  // namespace rtctl::proxy
