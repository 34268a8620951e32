#include "server/status_endpoint.hpp"

#include <utility>

#include "base/random.hpp"
#include "server/answer.hpp"
#include "server/digest.hpp"
#include "server/status.hpp"

namespace rtctl::server {
namespace {

constexpr auto kEvery = std::chrono::seconds(1);
constexpr auto kSamplesKeptFor = std::chrono::minutes(1);

// A store of one server has one row, which a restart takes over from the run before.
std::string server_name(const Store& store) {
  return store.is_shared() ? secure_hex(8) : "main";
}

}  // namespace

StatusEndpoint::StatusEndpoint(Loop& loop, StorePool& pool,
                               std::function<std::size_t()> open_streams)
    : loop_(loop),
      pool_(pool),
      open_streams_(std::move(open_streams)),
      server_(server_name(pool.store())),
      started_at_(loop.wall_now()) {
  sample();
}

void StatusEndpoint::handle(ExchangePtr exchange) {
  if (is_sampled_) return exchange->respond(answer_);
  early_.push_back(std::move(exchange));
}

void StatusEndpoint::sample() {
  timer_ = loop_.after(kEvery, [this] { sample(); });
  const WallTime now = loop_.wall_now();
  const auto streams = static_cast<std::int64_t>(open_streams_());
  const ServerSample own{server_, started_at_, now, streams, resident_bytes()};
  const auto work = [own, now](Tables& tables) {
    tables.put_sample(own);
    tables.forget_samples_before(now - kSamplesKeptFor);
    const std::size_t online = tables.count_ids_seen_since(now - kOnlineFor);
    return status_json(sum_up(tables.samples(), online, now));
  };
  const auto done = [this](const Result<std::string>& json) { sampled(json); };
  if (!pool_.write(work, done)) sampled(fail(ErrorKind::system, "the store is busy"));
}

void StatusEndpoint::sampled(const Result<std::string>& json) {
  if (json) {
    answer_ = json_response(*json);
    answer_.fields.set("Cache-Control", "no-cache");
    answer_.fields.set("ETag", entity_tag(answer_.body));
  } else {
    answer_ = store_unavailable();
  }
  is_sampled_ = true;
  for (const ExchangePtr& exchange : std::exchange(early_, {}))
    exchange->respond(answer_);
}

Result<std::unique_ptr<Part>> make_status(ServerContext& context, Router& router) {
  auto endpoint =
      std::make_unique<StatusEndpoint>(context.loop, *context.store, context.open_streams);
  Route route;
  route.path = "/api/status";
  route.methods = {"GET"};
  route.endpoint = endpoint.get();
  router.add(std::move(route));
  return endpoint;
}

}  // namespace rtctl::server
