#include "net/curl_outcome.hpp"

#include <cstring>
#include <string_view>

namespace rtctl::net {
namespace {

/// libcurl has one code for a body that ended early. A body shorter than its Content-Length is
/// wrong framing; a missing last chunk and an HTTP/2 stream without an end are a broken connection.
OutcomeKind kind_of_partial(std::string_view message) {
  return message.find("bytes remaining to read") != std::string_view::npos ? OutcomeKind::bad_frame
                                                                           : OutcomeKind::reset;
}

/// Nor does it have one for broken chunks.
bool is_about_chunks(std::string_view message) {
  return message.find("chunked-encoding") != std::string_view::npos;
}

/// A peer may turn a client away after the handshake (TLS 1.3), and says so by an alert.
bool is_tls_alert(std::string_view message) {
  return message.find(" alert ") != std::string_view::npos;
}

OutcomeKind kind_of(const CurlFailure& failure) {
  switch (failure.code) {
    case CURLE_OK:
      return OutcomeKind::complete;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return OutcomeKind::dns;
    case CURLE_COULDNT_CONNECT:
    case CURLE_PROXY:
    case CURLE_INTERFACE_FAILED:
      return OutcomeKind::connect;
    case CURLE_OPERATION_TIMEDOUT:
      return OutcomeKind::connect_timeout;  // the only time-out that is set
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_CACERT_BADFILE:  // files of our own that cannot be used: as final as a bad peer
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CRL_BADFILE:
      return OutcomeKind::certificate;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_ENGINE_SETFAILED:
    case CURLE_SSL_ENGINE_INITFAILED:
    case CURLE_SSL_CLIENTCERT:
    case CURLE_USE_SSL_FAILED:
      return OutcomeKind::tls;
    case CURLE_RECV_ERROR:
      if (is_about_chunks(failure.message)) return OutcomeKind::bad_frame;
      if (is_tls_alert(failure.message)) return OutcomeKind::tls;
      [[fallthrough]];
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_HTTP2_STREAM:
      return failure.connected ? OutcomeKind::reset : OutcomeKind::connect;
    case CURLE_PARTIAL_FILE:
      return kind_of_partial(failure.message);
    case CURLE_UNSUPPORTED_PROTOCOL:  // after the connection: an answer that is not HTTP/1 or 2
      return failure.connected ? OutcomeKind::bad_frame : OutcomeKind::unsupported;
    case CURLE_URL_MALFORMAT:
    case CURLE_NOT_BUILT_IN:
      return OutcomeKind::unsupported;
    case CURLE_OUT_OF_MEMORY:  // also what libcurl says of a header line above 100 KiB
      return failure.has_head ? OutcomeKind::bad_frame : OutcomeKind::limit;
    default:
      return failure.connected ? OutcomeKind::bad_frame : OutcomeKind::connect;
  }
}

}  // namespace

Outcome outcome_of(const CurlFailure& failure) {
  Outcome outcome{.kind = kind_of(failure)};
  if (outcome.kind == OutcomeKind::complete) return outcome;
  const bool has_message = failure.message != nullptr && failure.message[0] != '\0';
  outcome.detail = has_message ? failure.message : curl_easy_strerror(failure.code);
  if (outcome.kind == OutcomeKind::connect && failure.system_error != 0)
    outcome.detail.append(" (").append(std::strerror(failure.system_error)).append(")");
  return outcome;
}

}  // namespace rtctl::net
