#include "server/activity_endpoint.hpp"

#include <utility>

#include "server/activity.hpp"
#include "server/answer.hpp"
#include "server/idempotency.hpp"

namespace rtctl::server {

void ActivityEndpoint::handle(ExchangePtr exchange) {
  if (exchange->request().method == "POST") return log(exchange);
  show(exchange);
}

void ActivityEndpoint::show(const ExchangePtr& exchange) {
  const auto query = read_activity_query(exchange->request());
  if (!query) return exchange->respond(problem(400, query.error().message));
  const auto find = [query = *query, now = loop_.wall_now()](Tables& tables) {
    return activity_response(find_activities(tables, query), now);
  };
  if (!pool_.read(find, answer_to(exchange))) exchange->respond(store_unavailable());
}

// Answered when the transaction is on disk, and not before.
void ActivityEndpoint::log(const ExchangePtr& exchange) {
  auto activity = read_activity(exchange->request().body);
  if (!activity) return exchange->respond(problem(400, activity.error().message));
  const auto key = read_request_key(exchange->request());
  if (!key) return exchange->respond(problem(400, key.error().message));
  activity->created_at = loop_.wall_now();
  const auto add = [activity = std::move(*activity), key = *key](Tables& tables) {
    if (key) {
      if (auto given = given_answer(tables, *key, activity.created_at)) return std::move(*given);
    }
    tables.add_activity(activity);
    Response response = ok_response();
    if (key) keep_answer(tables, *key, response, activity.created_at);
    return response;
  };
  if (!pool_.write(add, answer_to(exchange))) exchange->respond(store_unavailable());
}

Result<std::unique_ptr<Part>> make_activity(ServerContext& context, Router& router) {
  auto endpoint = std::make_unique<ActivityEndpoint>(context.loop, *context.store);
  Route route;
  route.path = "/api/activity";
  route.methods = {"GET", "POST"};
  route.endpoint = endpoint.get();
  router.add(std::move(route));
  return endpoint;
}

}  // namespace rtctl::server
