// An exchange without a connection: a test asks an endpoint and looks at the answer.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "server/endpoint.hpp"

namespace rtctl::server::test {

class FakeExchange final : public Exchange {
 public:
  explicit FakeExchange(Request request) : request_(std::move(request)) {}

  const Request& request() const override { return request_; }
  void respond(Response response) override {
    ++answers;
    if (!is_gone_) answer = std::move(response);
  }
  void on_gone(std::function<void()> gone) override { gone_ = std::move(gone); }
  bool is_gone() const override { return is_gone_; }

  /// The peer leaves.
  void leave() {
    is_gone_ = true;
    if (gone_) gone_();
  }

  std::optional<Response> answer;
  int answers = 0;

 private:
  Request request_;
  std::function<void()> gone_;
  bool is_gone_ = false;
};

/// "POST /api/x?a=b", without escapes.
inline Request request(std::string_view line, std::string body = {}) {
  Request made;
  const auto space = line.find(' ');
  made.method = line.substr(0, space);
  std::string_view target = line.substr(space + 1);
  const auto question = target.find('?');
  made.path = target.substr(0, question);
  for (auto rest = question == std::string_view::npos ? "" : target.substr(question + 1);
       !rest.empty();) {
    const auto pair = rest.substr(0, rest.find('&'));
    const auto equals = std::min(pair.find('='), pair.size());
    made.query.emplace_back(pair.substr(0, equals), pair.substr(std::min(equals + 1, pair.size())));
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
  }
  made.body = std::move(body);
  return made;
}

inline Request with(Request made, std::string_view name, std::string_view value) {
  made.fields.set(name, value);
  return made;
}

}  // namespace rtctl::server::test
