#include "net/curl_transfer.hpp"

#include <arpa/inet.h>

#include "net/curl_outcome.hpp"
#include "net/curl_sockets.hpp"
#include "net/request_check.hpp"

namespace rtctl::net {
namespace {

void set_text(CURL* handle, CURLoption option, const std::string& value) {
  if (!value.empty()) curl_easy_setopt(handle, option, value.c_str());
}

long curl_version_of(HttpVersion version) {
  switch (version) {
    case HttpVersion::http1_1:
      return CURL_HTTP_VERSION_1_1;
    case HttpVersion::http2:
      return CURL_HTTP_VERSION_2_0;
    case HttpVersion::automatic:
      break;
  }
  return CURL_HTTP_VERSION_2TLS;
}

/// libcurl takes names of interfaces, too, and looks a name up when it is not told that it is an
/// address.
std::string interface_of(const std::string& source_address) {
  in6_addr scratch;
  const bool is_address = inet_pton(AF_INET, source_address.c_str(), &scratch) == 1 ||
                          inet_pton(AF_INET6, source_address.c_str(), &scratch) == 1;
  return is_address ? "host!" + source_address : source_address;
}

bool usually_has_body(std::string_view method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

}  // namespace

CurlTransfer::CurlTransfer(const CurlEnvironment& environment, const ChannelOptions& options,
                           std::size_t buffer_bytes, CurlTransferOwner& owner)
    : loop_(environment.loop), owner_(owner), decodes_(options.accept_compressed) {
  curl_easy_setopt(easy(), CURLOPT_BUFFERSIZE, static_cast<long>(buffer_bytes));
  curl_easy_setopt(easy(), CURLOPT_SHARE, environment.share);
  set_callbacks(environment);
  set_options(options);
  set_tls(options);
}

void CurlTransfer::set_callbacks(const CurlEnvironment& environment) {
  CURL* handle = easy();
  curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, &CurlSockets::open);
  curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, environment.sockets);
  curl_easy_setopt(handle, CURLOPT_CLOSESOCKETFUNCTION, &CurlSockets::close);
  curl_easy_setopt(handle, CURLOPT_CLOSESOCKETDATA, environment.sockets);
  curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, &CurlTransfer::on_prerequest);
  curl_easy_setopt(handle, CURLOPT_PREREQDATA, this);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, &CurlTransfer::on_header);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &CurlTransfer::on_body);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, this);
  if (decodes_) {  // compressed bytes may decode to nothing yet, but they are a sign of life
    curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, &CurlTransfer::on_progress);
    curl_easy_setopt(handle, CURLOPT_XFERINFODATA, this);
    curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
  }
}

void CurlTransfer::set_options(const ChannelOptions& options) {
  CURL* handle = easy();
  const auto timeout = std::chrono::ceil<std::chrono::milliseconds>(options.connect_timeout);
  // 0 would be libcurl's default of five minutes.
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(std::max<std::int64_t>(1, timeout.count())));
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, curl_version_of(options.version));
  curl_easy_setopt(handle, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(handle, CURLOPT_USERAGENT, "rtctl/" RTCTL_VERSION);
  if (decodes_) curl_easy_setopt(handle, CURLOPT_ACCEPT_ENCODING, "gzip, br, zstd");
  set_text(handle, CURLOPT_PROXY, options.proxy);
  set_text(handle, CURLOPT_UNIX_SOCKET_PATH, options.unix_socket);
  if (!options.source_address.empty())
    set_text(handle, CURLOPT_INTERFACE, interface_of(options.source_address));
  if (options.use_netrc) curl_easy_setopt(handle, CURLOPT_NETRC, CURL_NETRC_OPTIONAL);
  if (!options.user_password.empty()) {
    curl_easy_setopt(handle, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    set_text(handle, CURLOPT_USERPWD, options.user_password);
  }
}

void CurlTransfer::set_tls(const ChannelOptions& options) {
  CURL* handle = easy();
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, options.insecure ? 0L : 1L);
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, options.insecure ? 0L : 2L);
  set_text(handle, CURLOPT_CAINFO, options.ca_file);
  set_text(handle, CURLOPT_SSLCERT, options.certificate_file);
  set_text(handle, CURLOPT_SSLKEY, options.key_file);
}

void CurlTransfer::prepare(const Request& request, ExchangeHandler& handler) {
  handler_ = &handler;
  timing_ = {.started = loop_.now()};
  collector_.reset();
  received_ = 0;
  paused_ = false;
  connected_ = false;
  failure_.reset();
  clear_message();
  curl_easy_setopt(easy(), CURLOPT_URL, request.url.c_str());
  set_method(request);
  set_headers(request);
}

void CurlTransfer::set_method(const Request& request) {
  CURL* handle = easy();
  method_ = request.method;
  body_ = request.body;
  const bool has_body = !body_.empty() || usually_has_body(method_);
  curl_easy_setopt(handle, CURLOPT_HTTPGET, 1L);  // undoes NOBODY and POST of the exchange before
  if (has_body) {
    curl_easy_setopt(handle, CURLOPT_POST, 1L);
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body_.size()));
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, body_.c_str());
  } else if (method_ == "HEAD") {
    curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
  }
  const std::string_view usual = has_body ? "POST" : method_ == "HEAD" ? "HEAD" : "GET";
  curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, method_ == usual ? nullptr : method_.c_str());
}

void CurlTransfer::set_headers(const Request& request) {
  headers_.reset();
  const auto append = [this](const std::string& line) {
    curl_slist* longer = curl_slist_append(headers_.get(), line.c_str());
    if (longer == nullptr) return;
    if (headers_ == nullptr) headers_.reset(longer);  // otherwise the list's head stays the same
  };
  for (const Header& header : request.headers)
    append(header.value.empty() ? header.name + ";" : header.name + ": " + header.value);
  // Headers that libcurl would add by itself.
  for (const char* name : {"Accept", "Content-Type", "Expect"}) {
    if (!find_header(request.headers, name)) append(std::string(name) + ":");
  }
  curl_easy_setopt(easy(), CURLOPT_HTTPHEADER, headers_.get());
}

void CurlTransfer::unpause() {
  paused_ = false;
  curl_easy_pause(easy(), CURLPAUSE_CONT);
}

void CurlTransfer::finish(CURLcode code) {
  if (handler_ == nullptr) return;
  handler_ = nullptr;
  owner_.on_finished(outcome(code));
}

Outcome CurlTransfer::outcome(CURLcode code) const {
  if (failure_) return *failure_;
  if (code == CURLE_OK && !collector_.is_complete())
    return {OutcomeKind::reset, "the connection was closed in the middle of the response header"};
  long system_error = 0;
  curl_easy_getinfo(easy(), CURLINFO_OS_ERRNO, &system_error);
  return outcome_of({.code = code,
                     .message = message(),
                     .connected = connected_,
                     .has_head = collector_.is_complete(),
                     .system_error = static_cast<int>(system_error)});
}

int CurlTransfer::on_prerequest(void* self, char*, char*, int, int) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  if (transfer.handler_ == nullptr) return CURL_PREREQFUNC_ABORT;
  long connections = 0;
  curl_easy_getinfo(transfer.easy(), CURLINFO_NUM_CONNECTS, &connections);
  transfer.connected_ = true;
  if (connections > 0) transfer.timing_.connected = transfer.loop_.now();
  transfer.handler_->on_connected(connections == 0);
  return transfer.handler_ != nullptr ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

std::size_t CurlTransfer::on_header(char* data, std::size_t, std::size_t bytes, void* self) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  return transfer.handler_ != nullptr && transfer.take_line({data, bytes}) ? bytes : 0;
}

bool CurlTransfer::take_line(std::string_view line) {
  const TimePoint now = loop_.now();
  if (timing_.first_byte == TimePoint{}) timing_.first_byte = now;
  handler_->on_activity(now);
  if (handler_ == nullptr) return false;
  switch (collector_.feed(line)) {
    case HeadCollector::Step::complete:
      return deliver_head();
    case HeadCollector::Step::too_large:
      failure_ = {.kind = OutcomeKind::limit,
                  .detail = "the response header is larger than 64 KiB"};
      return false;
    case HeadCollector::Step::more:
    case HeadCollector::Step::ignored:
      break;
  }
  return true;
}

bool CurlTransfer::deliver_head() {
  ResponseHead head = collector_.take_head();
  head.timing = timing_;
  const Decoding decoding = decodes_ ? Decoding::gzip_br_zstd : Decoding::none;
  const bool decodable =
      !may_have_body(method_, head.status) || knows_content_encoding(head.headers, decoding);
  if (!decodable)
    failure_ = {.kind = OutcomeKind::bad_encoding,
                .detail = "unknown content encoding \"" +
                          std::string(*find_header(head.headers, "content-encoding")) + "\""};
  if (!has_sane_length(head.headers)) {
    failure_ = {.kind = OutcomeKind::bad_frame, .detail = "the Content-Length makes no sense"};
    return false;
  }
  handler_->on_head(head);
  return handler_ != nullptr && decodable;
}

std::size_t CurlTransfer::on_body(char* data, std::size_t, std::size_t bytes, void* self) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  if (transfer.paused_ && transfer.handler_ != nullptr) return CURL_WRITEFUNC_PAUSE;
  const TimePoint now = transfer.loop_.now();
  if (transfer.handler_ != nullptr) transfer.handler_->on_activity(now);
  if (transfer.handler_ != nullptr) transfer.handler_->on_body({data, bytes}, now);
  return transfer.handler_ != nullptr ? bytes : 0;
}

int CurlTransfer::on_progress(void* self, curl_off_t, curl_off_t received, curl_off_t, curl_off_t) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  if (transfer.handler_ == nullptr) return 1;
  if (received == transfer.received_) return 0;
  transfer.received_ = received;
  transfer.handler_->on_activity(transfer.loop_.now());
  return transfer.handler_ != nullptr ? 0 : 1;
}

}  // namespace rtctl::net
