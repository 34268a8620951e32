#include "engine/verdict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace rtctl::engine {
namespace {

using client::Failure;
using metrics::Counter;
using metrics::Metric;
using nlohmann::json;

bool has_type(const json& value, Expectation::JsonType type) {
  using Type = Expectation::JsonType;
  switch (type) {
    case Type::any:
      return true;
    case Type::number:
      return value.is_number();
    case Type::string:
      return value.is_string();
    case Type::boolean:
      return value.is_boolean();
    case Type::array:
      return value.is_array();
    case Type::object:
      return value.is_object();
    case Type::null:
      return value.is_null();
  }
  return false;
}

std::optional<Complaint> about_json(const Expectation& expect, std::string_view body) {
  const json document = json::parse(body, nullptr, false);
  if (document.is_discarded()) return Complaint{Failure::bad_json, "the body is not JSON"};
  for (const Expectation::Json& wanted : expect.json) {
    try {
      const json& value = document.at(json::json_pointer(wanted.pointer));
      if (!has_type(value, wanted.type))
        return Complaint{.detail = fmt::format("{} is {}", wanted.pointer, value.type_name())};
      if (!wanted.equals.empty() && value != json::parse(wanted.equals))
        return Complaint{.detail = fmt::format("{} is not {}", wanted.pointer, wanted.equals)};
    } catch (const json::exception&) {
      return Complaint{.detail = fmt::format("{} is not there", wanted.pointer)};
    }
  }
  return std::nullopt;
}

std::optional<Complaint> about_status(const Expectation& expect, int status) {
  const bool is_good = expect.status.empty()
                           ? status < 400
                           : std::ranges::find(expect.status, status) != expect.status.end();
  if (is_good) return std::nullopt;
  return Complaint{client::failure_of_status(status), fmt::format("status {}", status)};
}

std::optional<Complaint> about_headers(const Expectation& expect,
                                       const client::Response& response) {
  for (const auto& [name, text] : expect.headers) {
    const auto value = response.header(name);
    if (!value) return Complaint{.detail = fmt::format("header {} is not there", name)};
    if (value->find(text) == std::string_view::npos)
      return Complaint{.detail = fmt::format("header {} is \"{}\"", name, *value)};
  }
  return std::nullopt;
}

bool was_never_connected(Failure failure) {
  return failure == Failure::dns || failure == Failure::connect || failure == Failure::tls;
}

}  // namespace

std::optional<Complaint> complaint(const Expectation& expect, const client::Response& response) {
  if (auto wrong = about_status(expect, response.status)) return wrong;
  if (expect.empty() || response.status == 304) return std::nullopt;  // a 304 has no content
  if (auto wrong = about_headers(expect, response)) return wrong;
  if (!expect.body.empty() && response.body.find(expect.body) == std::string_view::npos)
    return Complaint{.detail = fmt::format("the body does not contain \"{}\"", expect.body)};
  if (expect.json.empty()) return std::nullopt;
  return about_json(expect, response.body);
}

void ConnectionWatch::note(const client::Response& response, Ledger& ledger) {
  if (response.timing.connected) {
    close(ledger);  // the client opens a new one only when the one before is gone
    is_open_ = true;
    ledger->add(Counter::connections_opened);
    ledger->record(Metric::connect, *response.timing.connected - response.timing.started);
  }
  if (response.failure == Failure::none) return;
  if (was_never_connected(response.failure)) ledger->add(Counter::connections_failed);
  close(ledger);
}

void ConnectionWatch::close(Ledger& ledger) {
  if (is_open_) ledger->add(Counter::connections_closed);
  is_open_ = false;
}

bool record_response(const client::Response& response, const Expectation& expect, TimePoint planned,
                     Timed timed, Ledger& ledger) {
  ledger->add(Counter::requests);
  ledger->add(Counter::bytes, response.body_bytes);
  const bool has_answer = response.failure == Failure::none;
  // A refused connection fails at once; among the times it would look like a fast answer.
  const bool took_time = has_answer || response.failure == Failure::timeout;
  if (took_time && timed == Timed::yes) {
    ledger->record(Metric::latency, response.ended - planned);
    ledger->record(Metric::service, response.ended - response.started);
  }
  if (!has_answer) {
    ledger.fail(response.failure, response.detail);
    return false;
  }
  ledger->add_status(response.status);
  ledger->record_payload(response.body_bytes);
  const TimePoint sent = response.timing.connected.value_or(response.timing.started);
  if (timed == Timed::yes) ledger->record(Metric::first_byte, response.timing.first_byte - sent);
  const auto wrong = complaint(expect, response);
  if (wrong) ledger.fail(wrong->failure, wrong->detail);
  return !wrong;
}

}  // namespace rtctl::engine
