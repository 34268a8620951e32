#include "server/events_endpoint.hpp"

#include "server/fanout.hpp"
#include "server/json_body.hpp"
#include "server/response_head.hpp"
#include "server/stream_taker.hpp"

namespace rtctl::server {
namespace {

constexpr std::size_t kNameMax = 1024;  // bytes of an event or topic name (guess)

class EventStreamTaker final : public StreamTaker {
 public:
  explicit EventStreamTaker(StreamPlan plan) : plan_(std::move(plan)) {}

  void take(Worker& worker, Socket socket, std::string head) override {
    worker.fanout().add(std::move(socket), std::move(head), plan_);
  }

 private:
  StreamPlan plan_;
};

Response accepted(std::uint64_t id) {
  Response response = json_response("{\"id\":" + std::to_string(id) + "}");
  response.status = 202;
  return response;
}

/// An optional name; text without control characters.
Result<std::string> name_of(const nlohmann::ordered_json& body, const char* key) {
  const auto found = body.find(key);
  if (found == body.end() || found->is_null()) return std::string();
  if (!found->is_string()) return usage_error(std::string("\"") + key + "\" must be text");
  auto name = found->get<std::string>();
  if (has_control_character(name))
    return usage_error(std::string("\"") + key + "\" must not have control characters");
  if (name.size() > kNameMax)
    return usage_error(std::string("\"") + key + "\" is longer than 1024 bytes");
  return name;
}

}  // namespace

Result<Publication> parse_publication(std::string_view text) {
  const auto body = parse_object(text);
  if (!body) return tl::unexpected(body.error());
  auto type = name_of(*body, "event");
  if (!type) return tl::unexpected(type.error());
  auto topic = name_of(*body, "topic");
  if (!topic) return tl::unexpected(topic.error());
  const auto data = body->find("data");
  if (data == body->end()) return usage_error("\"data\" is missing");
  Publication publication{.topic = std::move(*topic), .type = std::move(*type)};
  if (data->is_string()) {
    publication.data = data->get<std::string>();
    publication.kind = DataKind::text;
  } else {
    publication.data = member_text(text, "data");
  }
  return publication;
}

void EventsEndpoint::handle(ExchangePtr exchange) {
  const Request& request = exchange->request();
  if (request.method != "POST") return exchange->respond(subscribe(request));
  once_only_.run(exchange, [this, exchange](const std::function<void(Response)>& answer) {
    answer(publish(exchange->request()));
  });
}

Response EventsEndpoint::subscribe(const Request& request) const {
  auto key = parse_view_key(request);
  if (!key) return problem(400, key.error().message);
  if (context_.draining()) {
    Response response = problem(503, "the server is shutting down");
    response.fields.set("Retry-After", "5");
    return response;
  }
  key->gzip = accepts_gzip(request);
  Response response;
  response.fields.set("Content-Type", "text/event-stream");
  response.fields.set("Cache-Control", "no-cache");
  response.fields.set("X-Accel-Buffering", "no");
  response.fields.set("Vary", "Accept-Encoding");
  if (key->gzip) response.fields.set("Content-Encoding", "gzip");
  response.stream = std::make_shared<EventStreamTaker>(
      StreamPlan{std::move(*key), parse_resume_point(request), request.fault});
  return response;
}

Response EventsEndpoint::publish(const Request& request) {
  auto publication = parse_publication(request.body);
  if (!publication) return problem(400, publication.error().message);
  // Read before, by `once_only_`, which looks into the store; a server that was killed between the
  // event and the store's commit finds the event itself.
  const std::optional<RequestKey> key = read_request_key(request).value_or(std::nullopt);
  if (key) {
    const auto found = hub_.find_published(*key);
    if (found) return found->is_same_request ? accepted(found->id) : key_used_otherwise();
  }
  publication->request_key = to_text(key);
  const auto id = hub_.publish(std::move(*publication));
  if (!id && id.error().kind == ErrorKind::usage) return problem(413, id.error().message);
  if (!id) {
    Response response = problem(503, id.error().message);
    response.fields.set("Retry-After", "5");
    return response;
  }
  return accepted(*id);
}

}  // namespace rtctl::server
