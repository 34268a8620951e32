// Where the direct driver connects to: an origin with the address that was found for it.
#pragma once

#include <openssl/ssl.h>
#include <sys/socket.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/first_connection.hpp"
#include "net/request_text.hpp"
#include "net/transport.hpp"
#include "rtctl/result.hpp"

namespace rtctl::net {

/// A socket address of either family; size 0 means none.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

/// "127.0.0.1" or "::1"; nullopt for anything else.
std::optional<SocketAddress> parse_address(const std::string& text, std::uint16_t port);

/// scheme://host:port of a URL, and what goes into the request line.
struct SplitUrl {
  bool is_https = false;
  std::string host;  ///< without brackets
  std::uint16_t port = 0;
  std::string target;         ///< path and query, "/" at least
  std::string user_password;  ///< "user:password" in the URL, usually empty
};
std::optional<SplitUrl> split_url(const std::string& url);

/// Told where to connect. Exactly one of the calls follows `Origin::find_address`, unless
/// `Origin::forget` comes first.
class AddressWaiter {
 public:
  /// libcurl has opened this connection while it looked for the address; the waiter owns it.
  virtual void on_socket(int fd) = 0;
  virtual void on_address() = 0;
  virtual void on_no_address(const Outcome& outcome) = 0;

 protected:
  ~AddressWaiter() = default;
};

/// Options that many channels share, with what was made from them.
struct Profile {
  ChannelOptions options;
  SocketAddress source;
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> tls{nullptr, SSL_CTX_free};
};

class Origin final : public FirstConnectionOwner {
 public:
  /// `prefix` is the beginning of `url` as it was written: scheme, credentials, host and port.
  Origin(CurlEnvironment& environment, CurlMulti& multi, Profile& profile, const SplitUrl& url,
         std::string_view prefix);

  /// What goes into the request line for a URL that begins as the one this was made for, and that
  /// libcurl would not have to normalise; empty for every other.
  std::string_view target_of(std::string_view url) const;

  const RequestDefaults& defaults() const { return defaults_; }
  bool is_https() const { return is_https_; }
  const std::string& host() const { return host_; }
  Profile& profile() const { return profile_; }

  /// "127.0.0.1:80", for messages.
  std::string name() const { return host_ + ":" + std::to_string(port_); }

  /// True when the address is known: connect at once. Otherwise the waiter is told later.
  bool find_address(AddressWaiter& waiter);
  void forget(AddressWaiter& waiter);

  /// A socket that connects to the address; errno says why when there is none.
  int open_socket() const;

  /// A connection failed: a name may have moved, so the next one asks libcurl again.
  void doubt_address();

  /// The context for TLS, made at the first call.
  Result<SSL_CTX*> tls_context();

 private:
  void on_first_connection(int fd, const Outcome& outcome) override;

  CurlEnvironment& environment_;
  CurlMulti& multi_;
  Profile& profile_;
  const std::string prefix_;
  bool is_https_;
  bool is_literal_;
  std::string host_;
  std::uint16_t port_;
  RequestDefaults defaults_;
  SocketAddress address_;
  TimePoint found_at_{};
  std::unique_ptr<FirstConnection> first_;
  std::vector<AddressWaiter*> waiters_;
  std::vector<AddressWaiter*> told_;  // being told at this moment
};

}  // namespace rtctl::net
