#include "server/operations.hpp"

#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace rtctl::server {
namespace {

Response plain_text(std::string body) {
  Response response;
  response.fields.set("Content-Type", "text/plain; charset=utf-8");
  response.fields.set("Cache-Control", "no-store");
  response.body = std::move(body);
  return response;
}

class Health final : public Endpoint {
 public:
  void handle(ExchangePtr exchange) override { exchange->respond(plain_text("ok\n")); }
};

class Readiness final : public Endpoint {
 public:
  explicit Readiness(ServerContext& context) : context_(context) {}

  void handle(ExchangePtr exchange) override {
    if (context_.draining()) return refuse(*exchange, "the server is shutting down");
    if (context_.is_store_lost()) return refuse(*exchange, "the store cannot be reached");
    exchange->respond(plain_text("ready\n"));
  }

 private:
  static void refuse(Exchange& exchange, std::string_view why) {
    Response response = problem(503, why);
    response.fields.set("Retry-After", "5");
    exchange.respond(std::move(response));
  }

  ServerContext& context_;
};

class Metrics final : public Endpoint {
 public:
  explicit Metrics(prometheus::Registry& registry) : registry_(registry) {}

  void handle(ExchangePtr exchange) override {
    Response response = plain_text(prometheus::TextSerializer().Serialize(registry_.Collect()));
    response.fields.set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    exchange->respond(std::move(response));
  }

 private:
  prometheus::Registry& registry_;
};

class Operations final : public Part {
 public:
  Operations(ServerContext& context, Router& router)
      : readiness_(context), metrics_(context.registry) {
    router.add(
        {.path = "/healthz", .methods = {"GET"}, .endpoint = &health_, .access = Access::open});
    router.add(
        {.path = "/readyz", .methods = {"GET"}, .endpoint = &readiness_, .access = Access::open});
    router.add({.path = "/metrics", .methods = {"GET"}, .endpoint = &metrics_});
  }

 private:
  Health health_;
  Readiness readiness_;
  Metrics metrics_;
};

}  // namespace

Result<std::unique_ptr<Part>> make_operations(ServerContext& context, Router& router) {
  return std::make_unique<Operations>(context, router);
}

}  // namespace rtctl::server
