#include "server/digest.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "base/check.hpp"

namespace rtctl::server {
namespace {

using Digest = std::array<unsigned char, 32>;

std::string hex(const Digest& digest) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * digest.size());
  for (const unsigned char byte : digest) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace

std::string sha256_hex(std::string_view text) {
  Digest digest{};
  const int done =
      EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  RTCTL_CHECK(done == 1);  // fails only for want of memory
  return hex(digest);
}

std::string keyed_hash_hex(std::string_view key, std::string_view text) {
  Digest digest{};
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  const auto* done = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes,
                          text.size(), digest.data(), nullptr);
  RTCTL_CHECK(done != nullptr);
  return hex(digest);
}

std::string entity_tag(std::string_view body) {
  return '"' + sha256_hex(body).substr(0, 32) + '"';
}

}  // namespace rtctl::server
