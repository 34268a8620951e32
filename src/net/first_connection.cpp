#include "net/first_connection.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "net/curl_outcome.hpp"
#include "net/curl_sockets.hpp"

namespace rtctl::net {

class FirstConnection::Job final : public CurlJob {
 public:
  Job(const CurlEnvironment& environment, const ChannelOptions& options, const std::string& url,
      FirstConnectionOwner& owner)
      : owner_(&owner) {
    const auto timeout = std::chrono::ceil<std::chrono::milliseconds>(options.connect_timeout);
    curl_easy_setopt(easy(), CURLOPT_SHARE, environment.share);
    curl_easy_setopt(easy(), CURLOPT_OPENSOCKETFUNCTION, &CurlSockets::open);
    curl_easy_setopt(easy(), CURLOPT_OPENSOCKETDATA, environment.sockets);
    curl_easy_setopt(easy(), CURLOPT_CLOSESOCKETFUNCTION, &CurlSockets::close);
    curl_easy_setopt(easy(), CURLOPT_CLOSESOCKETDATA, environment.sockets);
    curl_easy_setopt(easy(), CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(easy(), CURLOPT_PROXY, "");
    curl_easy_setopt(easy(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy(), CURLOPT_CONNECTTIMEOUT_MS,
                     static_cast<long>(std::max<std::int64_t>(1, timeout.count())));
    if (!options.source_address.empty())
      curl_easy_setopt(easy(), CURLOPT_INTERFACE, ("host!" + options.source_address).c_str());
  }
  ~Job() override {
    if (fd_ >= 0) ::close(fd_);
  }

  void detach() override { owner_ = nullptr; }

  /// libcurl closes its descriptor when the handle leaves the multi; the duplicate lives on.
  void before_removal() override {
    curl_socket_t socket = CURL_SOCKET_BAD;
    curl_easy_getinfo(easy(), CURLINFO_ACTIVESOCKET, &socket);
    if (socket != CURL_SOCKET_BAD) fd_ = ::fcntl(socket, F_DUPFD_CLOEXEC, 0);
  }

  void finish(CURLcode code) override {
    if (owner_ == nullptr) return;
    long system_error = 0;
    curl_easy_getinfo(easy(), CURLINFO_OS_ERRNO, &system_error);
    Outcome outcome = outcome_of(
        {.code = code, .message = message(), .system_error = static_cast<int>(system_error)});
    if (code == CURLE_OK && fd_ < 0)
      outcome = {OutcomeKind::connect, "no descriptor left for the connection"};
    owner_->on_first_connection(std::exchange(fd_, -1), outcome);
  }

 private:
  FirstConnectionOwner* owner_;
  int fd_ = -1;
};

FirstConnection::FirstConnection(const CurlEnvironment& environment, CurlMulti& multi,
                                 const ChannelOptions& options, const std::string& host,
                                 std::uint16_t port, FirstConnectionOwner& owner)
    : multi_(multi) {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  const std::string url =
      "http://" + (is_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port) + "/";
  job_ = std::make_unique<Job>(environment, options, url, owner);
  multi_.add(*job_);
}

FirstConnection::~FirstConnection() {
  multi_.discard(std::move(job_));
}

}  // namespace rtctl::net
