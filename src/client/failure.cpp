#include "client/failure.hpp"

#include <array>

#include "base/check.hpp"

namespace rtctl::client {

std::string_view name_of(Failure failure) {
  static constexpr std::array<std::string_view, kFailureKinds> kNames{
      "none",     "dns",      "connect",          "tls",       "timeout",  "idle",       "reset",
      "http_4xx", "http_5xx", "bad_content_type", "bad_frame", "bad_json", "expectation"};
  const auto index = static_cast<std::size_t>(failure);
  RTCTL_CHECK(index < kNames.size());
  return kNames[index];
}

Failure failure_of(net::OutcomeKind kind) {
  switch (kind) {
    case net::OutcomeKind::complete:
      return Failure::none;
    case net::OutcomeKind::dns:
      return Failure::dns;
    case net::OutcomeKind::connect:
      return Failure::connect;
    case net::OutcomeKind::connect_timeout:
      return Failure::timeout;
    case net::OutcomeKind::tls:
    case net::OutcomeKind::certificate:
      return Failure::tls;
    case net::OutcomeKind::reset:
      return Failure::reset;
    case net::OutcomeKind::bad_encoding:
      return Failure::bad_content_type;
    case net::OutcomeKind::bad_frame:
    case net::OutcomeKind::limit:
      return Failure::bad_frame;
    case net::OutcomeKind::unsupported:
      break;
  }
  return Failure::expectation;
}

Failure failure_of_status(int status) {
  if (status >= 400 && status < 500) return Failure::http_4xx;
  if (status >= 500 && status < 600) return Failure::http_5xx;
  return Failure::expectation;
}

bool is_retryable_status(int status) {
  return status == 408 || status == 425 || status == 429 || (status >= 500 && status < 600);
}

bool is_retryable(net::OutcomeKind kind) {
  switch (kind) {
    case net::OutcomeKind::certificate:
    case net::OutcomeKind::bad_encoding:
    case net::OutcomeKind::unsupported:
      return false;
    default:
      return true;
  }
}

}  // namespace rtctl::client
