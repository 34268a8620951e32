#include "server/http.hpp"

#include <algorithm>
#include <boost/beast/http/status.hpp>
#include <nlohmann/json.hpp>

namespace rtctl::server {

bool same_field_name(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::optional<std::string_view> Fields::find(std::string_view name) const {
  for (const auto& [key, value] : fields_) {
    if (same_field_name(key, name)) return value;
  }
  return std::nullopt;
}

void Fields::set(std::string_view name, std::string_view value) {
  const std::string copy(value);  // `value` may be of the field that goes
  remove(name);
  add(name, copy);
}

void Fields::remove(std::string_view name) {
  std::erase_if(fields_, [&](const auto& field) { return same_field_name(field.first, name); });
}

void Fields::add(std::string_view name, std::string_view value) {
  fields_.emplace_back(name, value);
}

std::optional<std::string_view> Request::parameter(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return std::nullopt;
}

Response json_response(std::string body) {
  Response response;
  response.fields.set("Content-Type", "application/json");
  response.body = std::move(body);
  return response;
}

Response problem(int status, std::string_view detail) {
  const auto phrase =
      boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(status));
  nlohmann::ordered_json body{
      {"type", "about:blank"}, {"title", std::string(phrase)}, {"status", status}};
  body["detail"] = std::string(detail);
  Response response;
  response.status = status;
  response.fields.set("Content-Type", "application/problem+json");
  response.body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  return response;
}

}  // namespace rtctl::server
