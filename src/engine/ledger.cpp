#include "engine/ledger.hpp"

#include <array>

#include "base/check.hpp"

namespace rtctl::engine {
namespace {

using metrics::ErrorCode;

/// The clients' kinds of failure are a part of what reports count, under the same names.
std::array<ErrorCode, client::kFailureKinds> error_codes() {
  std::array<ErrorCode, client::kFailureKinds> codes{};
  for (int kind = 1; kind < client::kFailureKinds; ++kind) {
    const auto code = metrics::error_code_of(client::name_of(static_cast<client::Failure>(kind)));
    RTCTL_CHECK(code);
    codes[static_cast<std::size_t>(kind)] = *code;
  }
  return codes;
}

}  // namespace

void Ledger::fail(client::Failure failure, std::string_view detail) {
  static const auto codes = error_codes();
  RTCTL_CHECK(failure != client::Failure::none);
  recorder_->fail(codes[static_cast<std::size_t>(failure)], detail);
}

}  // namespace rtctl::engine
