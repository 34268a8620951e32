// What a CurlMulti drives: an easy handle and who is told when libcurl is done with it.
#pragma once

#include <curl/curl.h>

#include <array>
#include <memory>

#include "base/loop.hpp"

namespace rtctl::net {

/// What all handles of one transport have in common.
struct CurlEnvironment {
  Loop& loop;
  void* sockets;  ///< a CurlSockets
  CURLSH* share;  ///< name lookups and TLS sessions
};

class CurlJob {
 public:
  CurlJob() : easy_(curl_easy_init()) {
    curl_easy_setopt(easy_.get(), CURLOPT_PRIVATE, this);
    curl_easy_setopt(easy_.get(), CURLOPT_ERRORBUFFER, message_.data());
    curl_easy_setopt(easy_.get(), CURLOPT_NOSIGNAL, 1L);
    // A name lookup that is given up is left to its thread: waiting for it would hold up the loop,
    // or the end of the program, for as long as the name server does.
    curl_easy_setopt(easy_.get(), CURLOPT_QUICK_EXIT, 1L);
  }
  CurlJob(const CurlJob&) = delete;
  CurlJob& operator=(const CurlJob&) = delete;
  virtual ~CurlJob() = default;

  CURL* easy() const { return easy_.get(); }
  static CurlJob& of(CURL* easy) {
    char* self = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &self);
    return *reinterpret_cast<CurlJob*>(self);
  }

  /// Nobody is told any more; libcurl is made to give up at its next callback.
  virtual void detach() = 0;

  /// libcurl is done, and the handle still in its multi.
  virtual void before_removal() {}

  /// libcurl is done, and the handle out of its multi. May destroy this.
  virtual void finish(CURLcode code) = 0;

 protected:
  /// What libcurl says of its last failure.
  const char* message() const { return message_.data(); }
  void clear_message() { message_[0] = '\0'; }

 private:
  struct Cleanup {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  };
  std::array<char, CURL_ERROR_SIZE> message_{};  // libcurl may write to it to the very end
  std::unique_ptr<CURL, Cleanup> easy_;
};

}  // namespace rtctl::net
