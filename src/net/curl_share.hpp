// libcurl's global state, and what the handles of one thread share.
#pragma once

#include <curl/curl.h>

#include <memory>

namespace rtctl::net {

struct CurlShareCleanup {
  void operator()(CURLSH* share) const { curl_share_cleanup(share); }
};
using CurlShare = std::unique_ptr<CURLSH, CurlShareCleanup>;

/// Name lookups and TLS sessions. One thread uses it, so it needs no locks. Sets up libcurl itself
/// at the first call, and has the process ignore SIGPIPE; any thread may be the first.
CurlShare make_curl_share();

}  // namespace rtctl::net
