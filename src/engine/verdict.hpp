// Writing down how one request went, and whether the answer was what the scenario expects.
#pragma once

#include <optional>
#include <string>

#include "client/request.hpp"
#include "engine/ledger.hpp"
#include "rtctl/scenario.hpp"

namespace rtctl::engine {

/// What is wrong with an answer that arrived; nullopt when nothing is.
struct Complaint {
  client::Failure failure = client::Failure::expectation;
  std::string detail;
};
std::optional<Complaint> complaint(const Expectation& expect, const client::Response& response);

/// Remembers whether a client's connection was open, so that opened and closed ones add up.
class ConnectionWatch {
 public:
  /// Call with each response of the one client.
  void note(const client::Response& response, Ledger& ledger);
  void close(Ledger& ledger);

 private:
  bool is_open_ = false;
};

enum class Timed { yes, no };  ///< long polls are answered when there is news: no latency

/// Counts the request, its status, bytes, times (latency from `planned`) and failure. True when the
/// answer was as expected.
bool record_response(const client::Response& response, const Expectation& expect, TimePoint planned,
                     Timed timed, Ledger& ledger);

}  // namespace rtctl::engine
