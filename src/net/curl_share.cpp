#include "net/curl_share.hpp"

#include <csignal>

#include "base/check.hpp"

namespace rtctl::net {
namespace {

/// TLS libraries write to sockets that the peer may have closed; that must be an error, not the end
/// of the process.
CURLcode set_up() {
  std::signal(SIGPIPE, SIG_IGN);
  return curl_global_init(CURL_GLOBAL_DEFAULT);
}

}  // namespace

CurlShare make_curl_share() {
  // A local static is set up by one thread while others wait.
  static const CURLcode ready = set_up();
  RTCTL_CHECK(ready == CURLE_OK);
  CurlShare share(curl_share_init());
  curl_share_setopt(share.get(), CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
  curl_share_setopt(share.get(), CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
  return share;
}

}  // namespace rtctl::net
