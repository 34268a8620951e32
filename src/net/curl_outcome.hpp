// libcurl's result codes in the words of reports.
#pragma once

#include <curl/curl.h>

#include "net/transport.hpp"

namespace rtctl::net {

/// Where an exchange was when libcurl gave up.
struct CurlFailure {
  CURLcode code = CURLE_OK;
  const char* message = "";  ///< libcurl's error buffer, may be empty
  bool connected = false;    ///< the request went out
  bool has_head = false;     ///< the final response head was complete
  int system_error = 0;      ///< errno of the failed connection, 0 when there is none
};

Outcome outcome_of(const CurlFailure& failure);

}  // namespace rtctl::net
