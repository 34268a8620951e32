// The first connection to an origin: libcurl resolves the name and tries the addresses.
#pragma once

#include <memory>
#include <string>

#include "net/curl_job.hpp"
#include "net/curl_multi.hpp"
#include "net/transport.hpp"

namespace rtctl::net {

class FirstConnectionOwner {
 public:
  /// `fd` is connected and the owner's to close, or -1 and `outcome` says why. The FirstConnection
  /// may be destroyed inside.
  virtual void on_first_connection(int fd, const Outcome& outcome) = 0;

 protected:
  ~FirstConnectionOwner() = default;
};

/// Opens one TCP connection; destroying it gives up.
class FirstConnection {
 public:
  FirstConnection(const CurlEnvironment& environment, CurlMulti& multi,
                  const ChannelOptions& options, const std::string& host, std::uint16_t port,
                  FirstConnectionOwner& owner);
  FirstConnection(const FirstConnection&) = delete;
  FirstConnection& operator=(const FirstConnection&) = delete;
  ~FirstConnection();

 private:
  class Job;
  CurlMulti& multi_;
  std::unique_ptr<Job> job_;
};

}  // namespace rtctl::net
