#include "server/idempotency.hpp"

#include <algorithm>
#include <utility>

#include "server/digest.hpp"

namespace rtctl::server {
namespace {

constexpr std::size_t kKeyLengthMax = 255;

bool is_printable_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7F; });
}

Response as_response(const GivenAnswer& answer) {
  Response response;
  response.status = answer.status;
  response.fields.set("Content-Type", answer.content_type);
  response.body = answer.body;
  return response;
}

}  // namespace

Result<std::optional<RequestKey>> read_request_key(const Request& request) {
  const auto field = request.fields.find("Idempotency-Key");
  if (!field) return std::nullopt;
  if (field->empty() || field->size() > kKeyLengthMax || !is_printable_ascii(*field)) {
    return usage_error("Idempotency-Key must be 1 to " + std::to_string(kKeyLengthMax) +
                       " printable ASCII characters");
  }
  // The parts are told apart by a character that none of them can contain.
  std::string scope = request.method + '\n' + request.path + '\n';
  scope.append(request.fields.find("x-client-id").value_or("")).append("\n").append(*field);
  std::string asked;
  for (const auto& [name, value] : request.query) {
    if (name != "access_token") asked.append(name).append("\n").append(value).append("\n");
  }
  return RequestKey{sha256_hex(scope), sha256_hex(asked + '\0' + request.body)};
}

std::optional<Response> given_answer(Tables& tables, const RequestKey& key, WallTime now) {
  const auto answer = tables.find_answer(key.key);
  if (!answer || answer->given_at < now - kAnswersKeptFor) return std::nullopt;
  if (answer->fingerprint != key.fingerprint) return key_used_otherwise();
  return as_response(*answer);
}

void keep_answer(Tables& tables, const RequestKey& key, const Response& response, WallTime now) {
  const auto type = response.fields.find("Content-Type").value_or("");
  tables.put_answer(key.key,
                    {key.fingerprint, response.status, std::string(type), response.body, now});
}

void OnceOnly::run(const ExchangePtr& exchange, Effect effect) {
  const auto key = read_request_key(exchange->request());
  if (!key) return exchange->respond(problem(400, key.error().message));
  if (!*key) {
    return effect([exchange](Response response) { exchange->respond(std::move(response)); });
  }
  auto [waiting, is_first] = under_way_.try_emplace((*key)->key);
  if (is_first) waiting->second.fingerprint = (*key)->fingerprint;
  if (waiting->second.fingerprint != (*key)->fingerprint) {
    return exchange->respond(key_used_otherwise());
  }
  waiting->second.exchanges.push_back(exchange);
  if (is_first) start(**key, std::move(effect));
}

void OnceOnly::start(const RequestKey& key, Effect effect) {
  const auto find = [key, now = loop_.wall_now()](Tables& tables) {
    return given_answer(tables, key, now);
  };
  const auto found = [this, key,
                      effect = std::move(effect)](Result<std::optional<Response>> answer) {
    if (!answer) return answer_all(key.key, store_unavailable());
    if (*answer) return answer_all(key.key, **answer);
    effect([this, key](Response response) { finish(key, std::move(response)); });
  };
  if (!pool_.read(find, found)) answer_all(key.key, store_unavailable());
}

// The effect is there whatever the store says now, so the answer is given even if it could not be
// kept: a client that were told to try again would have the effect twice.
void OnceOnly::finish(const RequestKey& key, Response response) {
  if (response.status >= 300) return answer_all(key.key, response);
  const auto keep = [key, response, now = loop_.wall_now()](Tables& tables) {
    keep_answer(tables, key, response, now);
    return true;
  };
  const auto kept = [this, key, response](const Result<bool>&) { answer_all(key.key, response); };
  if (!pool_.write(keep, kept)) answer_all(key.key, response);
}

void OnceOnly::answer_all(const std::string& key, const Response& response) {
  const auto waiting = under_way_.extract(key);
  if (waiting.empty()) return;
  for (const ExchangePtr& exchange : waiting.mapped().exchanges)
    exchange->respond(response);
}

Response key_used_otherwise() {
  return problem(409, "this Idempotency-Key was used for another request; take a new one");
}

Response store_unavailable() {
  Response response = problem(503, "the store cannot be reached at the moment; try again");
  response.fields.set("Retry-After", "1");
  return response;
}

}  // namespace rtctl::server
