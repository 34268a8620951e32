// One libcurl easy handle: a channel's options, one exchange at a time, its callbacks.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <optional>
#include <string>

#include "base/loop.hpp"
#include "net/curl_job.hpp"
#include "net/head_collector.hpp"
#include "net/transport.hpp"

namespace rtctl::net {

/// Told when libcurl is done with a transfer, which is out of its multi already and may be
/// destroyed.
class CurlTransferOwner {
 public:
  virtual void on_finished(const Outcome& outcome) = 0;

 protected:
  ~CurlTransferOwner() = default;
};

class CurlTransfer final : public CurlJob {
 public:
  CurlTransfer(const CurlEnvironment& environment, const ChannelOptions& options,
               std::size_t buffer_bytes, CurlTransferOwner& owner);

  /// Fills in the request; the handler is told from now on.
  void prepare(const Request& request, ExchangeHandler& handler);

  void detach() override { handler_ = nullptr; }

  /// From here on bytes stay in libcurl, and then in the socket.
  void pause() { paused_ = true; }

  /// Not inside a callback: libcurl hands over what it kept.
  void unpause();

  void finish(CURLcode code) override;

 private:
  struct Cleanup {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };

  void set_callbacks(const CurlEnvironment& environment);
  void set_options(const ChannelOptions& options);
  void set_tls(const ChannelOptions& options);
  void set_method(const Request& request);
  void set_headers(const Request& request);
  bool take_line(std::string_view line);
  bool deliver_head();
  Outcome outcome(CURLcode code) const;

  static int on_prerequest(void* self, char*, char*, int, int);
  static std::size_t on_header(char* data, std::size_t, std::size_t bytes, void* self);
  static std::size_t on_body(char* data, std::size_t, std::size_t bytes, void* self);
  static int on_progress(void* self, curl_off_t, curl_off_t received, curl_off_t, curl_off_t);

  Loop& loop_;
  CurlTransferOwner& owner_;
  bool decodes_;

  ExchangeHandler* handler_ = nullptr;
  std::string method_;
  std::string body_;
  std::unique_ptr<curl_slist, Cleanup> headers_;
  HeadCollector collector_;
  Timing timing_;
  curl_off_t received_ = 0;  // raw body bytes seen so far
  bool paused_ = false;
  bool connected_ = false;          // the request goes out or went out
  std::optional<Outcome> failure_;  // found here; libcurl only knows that a callback refused
};

}  // namespace rtctl::net
