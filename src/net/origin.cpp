#include "net/origin.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/check.hpp"

namespace rtctl::net {
namespace {

constexpr auto kAddressLife = std::chrono::seconds(60);  // as long as libcurl remembers a name

std::string host_header(const SplitUrl& url) {
  const bool is_ipv6 = url.host.find(':') != std::string::npos;
  const std::string host = is_ipv6 ? "[" + url.host + "]" : url.host;
  const bool is_usual = url.port == (url.is_https ? 443 : 80);
  return is_usual ? host : host + ":" + std::to_string(url.port);
}

/// Nothing in it that libcurl would have to normalise.
bool is_plain_target(std::string_view target) {
  const auto is_plain = [](char c) { return c > ' ' && c != '#' && c != 0x7F; };
  return target.starts_with('/') && std::ranges::all_of(target, is_plain) &&
         target.find("/.") == std::string_view::npos;
}

tl::unexpected<Error> tls_failure(const std::string& what) {
  const unsigned long error = ERR_get_error();
  const char* reason = error != 0 ? ERR_reason_error_string(error) : nullptr;
  return fail(ErrorKind::usage, what + ": " + (reason != nullptr ? reason : "unknown reason"));
}

Result<void> load_files(SSL_CTX* context, const ChannelOptions& options) {
  if (options.ca_file.empty())
    SSL_CTX_set_default_verify_paths(context);
  else if (SSL_CTX_load_verify_locations(context, options.ca_file.c_str(), nullptr) != 1)
    return tls_failure("cannot use the CA file " + options.ca_file);
  if (options.certificate_file.empty()) return {};
  const std::string& key = options.key_file.empty() ? options.certificate_file : options.key_file;
  if (SSL_CTX_use_certificate_chain_file(context, options.certificate_file.c_str()) != 1)
    return tls_failure("cannot use the certificate " + options.certificate_file);
  if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1)
    return tls_failure("cannot use the key " + key);
  return {};
}

}  // namespace

std::optional<SocketAddress> parse_address(const std::string& text, std::uint16_t port) {
  SocketAddress address;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
  if (inet_pton(AF_INET, text.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    address.size = sizeof *v4;
  } else if (inet_pton(AF_INET6, text.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    address.size = sizeof *v6;
  } else {
    return std::nullopt;
  }
  return address;
}

Origin::Origin(CurlEnvironment& environment, CurlMulti& multi, Profile& profile,
               const SplitUrl& url, std::string_view prefix)
    : environment_(environment),
      multi_(multi),
      profile_(profile),
      prefix_(prefix),
      is_https_(url.is_https),
      is_literal_(false),
      host_(url.host),
      port_(url.port) {
  defaults_.host = host_header(url);
  const std::string& user_password = profile.options.user_password;
  if (!user_password.empty()) defaults_.authorization = basic_authorization(user_password);
  if (const auto literal = parse_address(host_, port_)) {
    is_literal_ = true;
    address_ = *literal;
  }
}

std::string_view Origin::target_of(std::string_view url) const {
  if (!url.starts_with(prefix_)) return {};
  const std::string_view target = url.substr(prefix_.size());
  return is_plain_target(target) ? target : std::string_view();
}

bool Origin::find_address(AddressWaiter& waiter) {
  const bool is_fresh =
      is_literal_ || (address_.size > 0 && environment_.loop.now() - found_at_ < kAddressLife);
  // While libcurl looks again, the others go on with what it found before.
  if (is_fresh || (address_.size > 0 && first_ != nullptr)) return true;
  waiters_.push_back(&waiter);
  if (first_ == nullptr)
    first_ = std::make_unique<FirstConnection>(environment_, multi_, profile_.options, host_, port_,
                                               *this);
  return false;
}

void Origin::forget(AddressWaiter& waiter) {
  for (auto* list : {&waiters_, &told_})
    std::ranges::replace(*list, &waiter, nullptr);
}

void Origin::doubt_address() {
  if (!is_literal_) found_at_ = {};
}

void Origin::on_first_connection(int fd, const Outcome& outcome) {
  first_.reset();
  if (fd >= 0) {
    address_.size = sizeof address_.storage;
    ::getpeername(fd, address_.get(), &address_.size);
    found_at_ = environment_.loop.now();
  }
  // A waiter may make others forget while it is told; new ones wait for the next time.
  RTCTL_CHECK(told_.empty());
  told_.swap(waiters_);
  for (std::size_t i = 0; i < told_.size(); ++i) {
    AddressWaiter* waiter = std::exchange(told_[i], nullptr);
    if (waiter == nullptr) continue;
    if (outcome.kind != OutcomeKind::complete)
      waiter->on_no_address(outcome);
    else if (fd >= 0)
      waiter->on_socket(std::exchange(fd, -1));
    else
      waiter->on_address();
  }
  told_.clear();
  if (fd >= 0) ::close(fd);
}

int Origin::open_socket() const {
  const int fd =
      ::socket(address_.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return fd;
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const SocketAddress& source = profile_.source;
  if (source.size > 0) {
    // The port is chosen by connect, which knows that a pair of addresses has 28,000 of its own.
    ::setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  }
  const bool is_bound = source.size == 0 || ::bind(fd, source.get(), source.size) == 0;
  if (is_bound && (::connect(fd, address_.get(), address_.size) == 0 || errno == EINPROGRESS))
    return fd;
  const int error = errno;
  ::close(fd);
  errno = error;
  return -1;
}

Result<SSL_CTX*> Origin::tls_context() {
  if (profile_.tls != nullptr) return profile_.tls.get();
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(SSL_CTX_new(TLS_client_method()),
                                                       SSL_CTX_free);
  ERR_clear_error();
  if (const auto loaded = load_files(context.get(), profile_.options); !loaded)
    return tl::unexpected(loaded.error());
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_verify(context.get(), profile_.options.insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER,
                     nullptr);
  constexpr unsigned char kHttp1[] = "\x08http/1.1";
  SSL_CTX_set_alpn_protos(context.get(), kHttp1, sizeof kHttp1 - 1);
  profile_.tls = std::move(context);
  return profile_.tls.get();
}

}  // namespace rtctl::net
