// What the HTTP session hands to an endpoint and what it gets back. Endpoints know nothing of
// sockets.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/fault.hpp"

namespace rtctl::server {

/// Whether two field names are the same: ASCII letters compare without case.
bool same_field_name(std::string_view a, std::string_view b);

/// Header fields in the order of the wire; names compare without case.
class Fields {
 public:
  /// The first value of that name, or nullopt.
  std::optional<std::string_view> find(std::string_view name) const;
  void set(std::string_view name, std::string_view value);  ///< replaces all of that name
  void add(std::string_view name, std::string_view value);
  void remove(std::string_view name);
  const std::vector<std::pair<std::string, std::string>>& all() const { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

/// A request that is well-formed, within the limits and allowed.
struct Request {
  std::string method;
  std::string target;  ///< as it was sent: may hold a token, never log it
  std::string path;    ///< percent-decoded, without the query
  std::vector<std::pair<std::string, std::string>> query;  ///< form-decoded UTF-8, in order
  Fields fields;
  std::string body;
  std::string remote_address;  ///< without the port
  Fault fault;                 ///< what --fault drew for it; only streams have to look

  std::optional<std::string_view> parameter(std::string_view name) const;  ///< first of that name
};

class StreamTaker;

struct Response {
  int status = 200;
  Fields fields;  ///< Content-Length, Date and connection handling are the session's
  std::string body;
  /// When set, the body has no end that is known yet: the session hands the connection and the
  /// head over and forgets both (server/stream_taker.hpp).
  std::shared_ptr<StreamTaker> stream;
};

/// application/json with status 200.
Response json_response(std::string body);

/// application/problem+json (RFC 9457): `title` is the status' standard phrase, `detail` says what,
/// where, found and wanted.
Response problem(int status, std::string_view detail);

}  // namespace rtctl::server
