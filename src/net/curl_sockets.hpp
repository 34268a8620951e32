// libcurl's sockets on the loop's poller: opened here, watched lazily, closed here.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <unordered_map>

#include "base/poller.hpp"

namespace rtctl::net {

class CurlMulti;

/// All sockets of one transport. libcurl says for each what it waits for, again and again for every
/// exchange; the kernel is only told when an event comes that nobody waits for, or when one is
/// waited for that is not watched yet. So an exchange on a kept-alive connection costs no system
/// call here.
class CurlSockets {
 public:
  explicit CurlSockets(AsioLoop& loop);
  ~CurlSockets();
  CurlSockets(const CurlSockets&) = delete;
  CurlSockets& operator=(const CurlSockets&) = delete;

  /// `what` as in CURLMOPT_SOCKETFUNCTION. False when the socket cannot be watched.
  bool want(CurlMulti& multi, curl_socket_t fd, int what);

  // CURLOPT_OPENSOCKETFUNCTION and CURLOPT_CLOSESOCKETFUNCTION; `self` is a CurlSockets.
  static curl_socket_t open(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int close(void* self, curl_socket_t fd);

 private:
  class Socket;

  std::unique_ptr<Poller> poller_;  // null when the system has no descriptor left for it
  std::unordered_map<curl_socket_t, std::unique_ptr<Socket>> sockets_;
};

}  // namespace rtctl::net
