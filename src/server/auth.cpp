#include "server/auth.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <array>

#include "server/percent.hpp"
#include "server/request_target.hpp"

namespace rtctl::server {
namespace {

constexpr std::string_view kCookie = "rtctl_token";
constexpr std::string_view kParameter = "access_token";

using Digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

Digest digest_of(std::string_view text) {
  Digest digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return digest;
}

bool same_secret(std::string_view a, std::string_view b) {
  // Digests have one length, so that the comparison takes as long for a candidate of any length.
  const Digest wanted = digest_of(a);
  const Digest found = digest_of(b);
  return CRYPTO_memcmp(wanted.data(), found.data(), wanted.size()) == 0;
}

/// Read as the request's own query is: the name may be percent-encoded.
bool is_token_item(std::string_view item) {
  const auto pairs = parse_form(item.substr(0, item.find('=')));
  return pairs && !pairs->empty() && pairs->front().first == kParameter;
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

/// The credentials of a Bearer field; the scheme's name has no case (RFC 9110, section 11.1).
std::string_view bearer_of(std::string_view authorization) {
  constexpr std::string_view kScheme = "bearer ";
  if (authorization.size() < kScheme.size()) return {};
  for (std::size_t i = 0; i < kScheme.size(); ++i) {
    if (lower(authorization[i]) != kScheme[i]) return {};
  }
  authorization.remove_prefix(kScheme.size());
  while (authorization.starts_with(' '))
    authorization.remove_prefix(1);
  return authorization;
}

}  // namespace

Auth::Auth(std::string_view token) : token_(token), encoded_token_(percent_encoded(token)) {}

bool Auth::matches(std::string_view candidate) const {
  return same_secret(token_, candidate);
}

bool Auth::matches_cookie(std::string_view candidate) const {
  return matches(candidate) || same_secret(encoded_token_, candidate);
}

bool Auth::allows(const Request& request) const {
  if (is_open()) return true;
  if (const auto field = request.fields.find("Authorization"); field && matches(bearer_of(*field)))
    return true;
  if (const auto field = request.fields.find("Cookie");
      field && matches_cookie(cookie_value(*field, kCookie)))
    return true;
  const auto parameter = request.parameter(kParameter);
  return parameter && matches(*parameter);
}

Response unauthorized() {
  Response response = problem(401, "a token is needed: send \"Authorization: Bearer TOKEN\"");
  response.fields.set("WWW-Authenticate", "Bearer realm=\"rtctl\"");
  return response;
}

std::string redacted_target(std::string_view target) {
  const std::size_t question = target.find('?');
  if (question == std::string_view::npos) return std::string(target);
  std::string text(target.substr(0, question));
  std::string_view query = target.substr(question);
  while (!query.empty()) {
    text += query.front();  // "?" or "&"
    const std::string_view item = query.substr(1, query.find('&', 1) - 1);
    text += is_token_item(item) ? std::string(kParameter) + "=***" : std::string(item);
    query.remove_prefix(item.size() + 1);
  }
  return text;
}

std::string_view cookie_value(std::string_view cookies, std::string_view name) {
  while (!cookies.empty()) {
    const std::size_t end = std::min(cookies.find(';'), cookies.size());
    std::string_view pair = cookies.substr(0, end);
    cookies.remove_prefix(std::min(end + 1, cookies.size()));
    while (pair.starts_with(' '))
      pair.remove_prefix(1);
    if (pair.starts_with(name) && pair.substr(name.size()).starts_with('='))
      return pair.substr(name.size() + 1);
  }
  return {};
}

}  // namespace rtctl::server
