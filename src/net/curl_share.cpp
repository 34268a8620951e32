#include "net/curl_share.hpp"

#include "base/check.hpp"

namespace rtctl::net {

CurlShare make_curl_share() {
  // A local static is set up by one thread while others wait.
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  RTCTL_CHECK(ready == CURLE_OK);
  CurlShare share(curl_share_init());
  curl_share_setopt(share.get(), CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
  curl_share_setopt(share.get(), CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
  return share;
}

}  // namespace rtctl::net
