// The server's side of TLS: 1.2 and newer, settings from one place.
#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>

#include "rtctl/result.hpp"

namespace rtctl::server {

/// Shared by the loops: connections keep the context they began with while a newer one is in use.
using TlsPtr = std::shared_ptr<SSL_CTX>;

/// Reads the PEM files. Errors name the file and what is wrong with it.
Result<TlsPtr> load_tls(const std::string& certificate, const std::string& key);

}  // namespace rtctl::server
