// A few dozen transfers that share one libcurl multi handle. One multi for all would cost time in
// proportion to their number.
#pragma once

#include <curl/curl.h>

#include <functional>
#include <memory>
#include <vector>

#include "base/loop.hpp"
#include "net/curl_job.hpp"
#include "net/curl_sockets.hpp"

namespace rtctl::net {

/// Drives its transfers from socket events and one timer. libcurl forbids most calls inside its
/// callbacks, so what a handler ends there is kept until libcurl has returned.
class CurlMulti {
 public:
  /// `on_idle` is called when no channel is left, as the last thing a call does; it may destroy
  /// this.
  CurlMulti(Loop& loop, CurlSockets& sockets, std::function<void(CurlMulti&)> on_idle);
  ~CurlMulti();
  CurlMulti(const CurlMulti&) = delete;
  CurlMulti& operator=(const CurlMulti&) = delete;

  /// Channels count themselves in and out.
  std::size_t channels() const { return channels_; }
  void enter() { ++channels_; }
  void leave();

  /// Begins the job, which stays the caller's. False when libcurl refuses.
  bool add(CurlJob& job);

  /// Takes the job out and destroys it, at once or as soon as libcurl has returned.
  void discard(std::unique_ptr<CurlJob> job);

  /// Calls into libcurl where that may run callbacks.
  void call(const std::function<void()>& function);

  /// The socket is ready (CURL_CSELECT_*), or the timer of libcurl ran out (CURL_SOCKET_TIMEOUT).
  void perform(curl_socket_t fd, int mask);

 private:
  struct Cleanup {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
  };

  static int on_socket(CURL* easy, curl_socket_t fd, int what, void* self, void* socket);
  static int on_timer(CURLM* multi, long milliseconds, void* self);
  void settle();
  void tell_idle();

  Loop& loop_;
  CurlSockets& sockets_;
  std::function<void(CurlMulti&)> on_idle_;
  std::unique_ptr<CURLM, Cleanup> multi_;
  Timer timer_;
  // Noted inside libcurl's callbacks, done after them.
  std::vector<std::unique_ptr<CurlJob>> discarded_;
  std::vector<CurlJob*> added_;
  std::size_t channels_ = 0;
  bool in_curl_ = false;
  bool settling_ = false;
};

}  // namespace rtctl::net
