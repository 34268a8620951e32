#include "net/request_text.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace rtctl::net {
namespace {

void write_field(std::string_view name, std::string_view value, std::string& out) {
  out.append(name).append(": ").append(value).append("\r\n");
}

/// A length is said where there is a body, and where a receiver expects one (RFC 9110,
/// section 8.6).
bool needs_length(const Request& request) {
  return !request.body.empty() || request.method == "POST" || request.method == "PUT" ||
         request.method == "PATCH";
}

void write_length(std::size_t bytes, std::string& out) {
  std::array<char, 24> digits;
  const char* end = std::to_chars(digits.data(), digits.data() + digits.size(), bytes).ptr;
  write_field("Content-Length", {digits.data(), static_cast<std::size_t>(end - digits.data())},
              out);
}

/// A little more than the request takes, so that thousands of texts are allocated once each.
std::size_t size_of(const Request& request, std::string_view target) {
  constexpr std::size_t kLinesOfRtctl = 96;  // the request line, Host, User-Agent, the empty line
  std::size_t bytes = kLinesOfRtctl + target.size() + request.body.size();
  for (const Header& header : request.headers)
    bytes += header.name.size() + header.value.size() + std::string_view(": \r\n").size();
  return bytes;
}

}  // namespace

void write_request(const Request& request, std::string_view target, const RequestDefaults& defaults,
                   std::string& out) {
  const auto sets = [&](std::string_view name) {
    return find_header(request.headers, name).has_value();
  };
  out.reserve(size_of(request, target));
  out.assign(request.method).append(" ").append(target).append(" HTTP/1.1\r\n");
  if (!sets("Host")) write_field("Host", defaults.host, out);
  if (!sets("User-Agent")) out.append("User-Agent: rtctl/" RTCTL_VERSION "\r\n");
  if (!defaults.authorization.empty() && !sets("Authorization"))
    write_field("Authorization", defaults.authorization, out);
  for (const Header& header : request.headers)
    write_field(header.name, header.value, out);
  if (needs_length(request) && !sets("Content-Length")) write_length(request.body.size(), out);
  out.append("\r\n").append(request.body);
}

std::string basic_authorization(std::string_view user_password) {
  // EVP_EncodeBlock writes a NUL behind the text.
  std::string text((user_password.size() + 2) / 3 * 4 + 1, '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                  reinterpret_cast<const unsigned char*>(user_password.data()),
                  static_cast<int>(user_password.size()));
  text.pop_back();
  return "Basic " + text;
}

bool is_idempotent(std::string_view method) {
  constexpr std::string_view kMethods[] = {"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"};
  return std::ranges::find(kMethods, method) != std::end(kMethods);
}

}  // namespace rtctl::net
