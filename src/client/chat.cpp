#include "client/chat.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "base/units.hpp"
#include "client/judge.hpp"
#include "client/url.hpp"

namespace rtctl::client {
namespace {

using nlohmann::json;

/// A member as text, whatever JSON type it has; "" when it is not there.
std::string text_of(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return {};
  return found->is_string() ? found->get<std::string>() : found->dump();
}

void set_header(net::Headers& headers, std::string_view name, std::string value) {
  for (net::Header& header : headers) {
    if (header.name != name) continue;
    header.value = std::move(value);
    return;
  }
  headers.push_back({std::string(name), std::move(value)});
}

/// A long poll is silent for as long as the server may hold it.
RequestOptions with_patience(RequestOptions options, Duration wait) {
  if (options.request_timeout > Duration::zero()) options.request_timeout += wait;
  if (options.idle_timeout > Duration::zero()) options.idle_timeout += wait;
  return options;
}

}  // namespace

ChatClient::ChatClient(const Environment& environment, const ChatOptions& options,
                       ChatObserver& observer)
    : environment_(&environment),
      options_(&options),
      observer_(&observer),
      polling_(with_patience(options.transfer, options.wait)),
      receiver_(environment, polling_, receiving_),
      sender_(environment, options.transfer, sending_),
      retry_(*this) {}

ChatClient::~ChatClient() = default;

void ChatClient::poll() {
  if (poll_request_.url.empty()) {
    poll_request_ = options_->request;
    poll_request_.method = "GET";
    poll_request_.body.clear();
    is_url_stale_ = true;
  }
  if (std::exchange(is_url_stale_, false)) {
    poll_request_.url = options_->request.url;
    if (options_->acknowledges) poll_request_.url = with_query(poll_request_.url, "ack", last_id_);
    // The first answer is wanted at once: it brings the id, without which nothing can be sent.
    if (options_->wait > Duration::zero() && !client_id_.empty())
      poll_request_.url = with_query(poll_request_.url, "wait", format_duration(options_->wait));
  }
  if (!client_id_.empty()) set_header(poll_request_.headers, "x-client-id", client_id_);
  receiver_.start(poll_request_);
}

void ChatClient::cancel() {
  receiver_.cancel();
  sender_.cancel();
  retry_.clear();
}

bool ChatClient::say(std::string text) {
  if (unsent_.size() >= options_->unsent_max) return false;
  unsent_.push_back({std::move(text), secure_hex(16)});
  send_next();
  return true;
}

void ChatClient::on_poll_response(const Response& response) {
  const Judgement judgement = judge(response, environment_->loop.wall_now());
  ChatResult result{.response = response,
                    .failure = judgement.failure,
                    .is_retryable = judgement.is_retryable,
                    .retry_after = judgement.retry_after};
  if (result.failure == Failure::none && !take_messages(response, result)) {
    // What was never a chat will not become one; a chat may be hidden behind an error page.
    result.failure = Failure::bad_json;
    result.is_retryable = is_known_;
  }
  if (result.failure == Failure::none) is_known_ = true;
  observer_->on_polled(result);
  send_next();
}

bool ChatClient::take_messages(const Response& response, ChatResult& result) {
  if (response.status == 204 || response.status == 304) return true;
  const json document = json::parse(response.body, nullptr, false);
  if (!document.is_object()) return false;
  const auto messages = document.find("messages");
  if (messages == document.end() || !messages->is_array()) return false;
  if (std::string id = text_of(document, "clientId"); !id.empty() && id != client_id_) {
    client_id_ = std::move(id);
    is_url_stale_ = true;
  }
  if (const auto dropped = document.find("dropped");
      dropped != document.end() && dropped->is_number_unsigned())
    result.dropped = dropped->get<std::uint64_t>();
  for (const json& message : *messages) {
    if (!message.is_object()) return false;
    const std::string id = text_of(message, "id");
    const std::string from = text_of(message, "from");
    const std::string content = text_of(message, "content");
    const std::string timestamp = text_of(message, "timestamp");
    if (!id.empty()) {
      last_id_ = id;
      is_url_stale_ = true;
    }
    // A server that sends a line back to its own author names him by his id.
    if (!client_id_.empty() && from == client_id_) continue;
    ++result.messages;
    observer_->on_message({.id = id, .from = from, .content = content, .timestamp = timestamp},
                          response.ended);
  }
  return true;
}

/// Sends the oldest line, unless one is on its way or has to wait. The client's id comes first:
/// without one the server would send the line back to its own author.
void ChatClient::send_next() {
  const bool is_known = is_known_ || !client_id_.empty();
  if (!is_known || is_waiting_ || sender_.is_active() || unsent_.empty()) return;
  const Line& line = unsent_.front();
  json body{{"content", line.text}};
  if (!options_->name.empty()) body["name"] = options_->name;
  send_request_ = options_->request;
  send_request_.method = "POST";
  send_request_.body = body.dump(-1, ' ', false, json::error_handler_t::replace);
  set_header(send_request_.headers, "Content-Type", "application/json");
  set_header(send_request_.headers, "Idempotency-Key", line.key);
  if (!client_id_.empty()) set_header(send_request_.headers, "x-client-id", client_id_);
  sender_.start(send_request_);
}

void ChatClient::on_send_response(const Response& response) {
  const Judgement judgement = judge(response, environment_->loop.wall_now());
  // 409: the server is still busy with this very line.
  const bool is_retryable = judgement.is_retryable || response.status == 409;
  const bool is_retried = judgement.failure != Failure::none && is_retryable;
  const Line line = is_retried ? unsent_.front() : std::move(unsent_.front());
  if (is_retried) {
    ++send_failures_;
    is_waiting_ = true;
    const ServerDelay server{.retry_after = judgement.retry_after};
    retry_.set(environment_->loop,
               environment_->loop.now() +
                   backoff_delay(options_->backoff, send_failures_, server, environment_->random));
  } else {
    unsent_.pop_front();
    send_failures_ = 0;
  }
  observer_->on_sent({.response = response,
                      .failure = judgement.failure,
                      .is_retryable = is_retryable,
                      .retry_after = judgement.retry_after,
                      .text = line.text});
  send_next();
}

void ChatClient::on_deadline() {
  is_waiting_ = false;
  send_next();
}

}  // namespace rtctl::client
