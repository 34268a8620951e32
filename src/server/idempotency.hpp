// Idempotency-Key: a request that is sent again gets the first answer again, and does nothing.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/loop.hpp"
#include "server/endpoint.hpp"
#include "server/store_pool.hpp"

namespace rtctl::server {

constexpr auto kAnswersKeptFor = std::chrono::minutes(10);
constexpr std::size_t kAnswersMax = 1'000'000;  // about 200 MB on disk; the oldest go first

/// A request's Idempotency-Key and what it asked for.
struct RequestKey {
  std::string key;          ///< of this method, path, sender and Idempotency-Key
  std::string fingerprint;  ///< of query and body: a repeat has the same
};

/// nullopt when the request has none. One that is empty, longer than 255 characters or not
/// printable ASCII is an error, for a 400.
Result<std::optional<RequestKey>> read_request_key(const Request& request);

/// For effects inside the store: called in the transaction that has the effect, before it. The
/// answer to give instead: the first one, or 409 when the key was used for something else.
std::optional<Response> given_answer(Tables& tables, const RequestKey& key, WallTime now);

/// Keeps the answer in the same transaction. Only answers of success are worth keeping: a refusal
/// had no effect and may be tried again.
void keep_answer(Tables& tables, const RequestKey& key, const Response& response, WallTime now);

/// For effects outside the store: sees to it that of several requests with one key, at the same
/// time or later, one has its effect and all get its answer. Without a key it only passes on.
/// Belongs to the loop.
class OnceOnly {
 public:
  /// Has the effect and calls back, at once or later, with the answer.
  using Effect = std::function<void(std::function<void(Response)> answer)>;

  OnceOnly(Loop& loop, StorePool& pool) : loop_(loop), pool_(pool) {}

  void run(const ExchangePtr& exchange, Effect effect);

 private:
  struct Waiting {
    std::string fingerprint;
    std::vector<ExchangePtr> exchanges;
  };

  void start(const RequestKey& key, Effect effect);
  void finish(const RequestKey& key, Response response);
  void answer_all(const std::string& key, const Response& response);

  Loop& loop_;
  StorePool& pool_;
  std::map<std::string, Waiting> under_way_;  // by key; as many as there are open requests
};

/// 409: the key stands for another request.
Response key_used_otherwise();

/// 503 with Retry-After: the store cannot be reached, or too much waits for it.
Response store_unavailable();

}  // namespace rtctl::server
