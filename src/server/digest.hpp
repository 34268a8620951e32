// Digests of texts, as lower-case hex.
#pragma once

#include <string>
#include <string_view>

namespace rtctl::server {

/// SHA-256: 64 hex digits.
std::string sha256_hex(std::string_view text);

/// HMAC-SHA-256: who does not know `key` can neither find the text nor link it to another key's.
std::string keyed_hash_hex(std::string_view key, std::string_view text);

/// A strong entity tag (RFC 9110, 8.8.3) of a body, quotes included.
std::string entity_tag(std::string_view body);

}  // namespace rtctl::server
