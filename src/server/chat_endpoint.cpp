#include "server/chat_endpoint.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/random.hpp"
#include "server/answer.hpp"

namespace rtctl::server {
namespace {

constexpr Duration kTick = std::chrono::milliseconds(250);
constexpr int kTicksPerClean = 40;
// A client that waits is seen at least this often, well within the 30 s that count as online.
constexpr Duration kLookAgain = std::chrono::seconds(15);
constexpr Duration kLookAgainShared = std::chrono::seconds(1);
constexpr int kLooksPerTtl = 4;  // who waits is there, however short --client-ttl is

}  // namespace

ChatEndpoint::ChatEndpoint(Loop& loop, StorePool& pool, ChatLimits limits,
                           std::function<bool()> draining)
    : loop_(loop),
      pool_(pool),
      draining_(std::move(draining)),
      look_again_(std::min<Duration>(pool.store().is_shared() ? kLookAgainShared : kLookAgain,
                                     limits.client_ttl / kLooksPerTtl)),
      book_(std::make_shared<ChatBook>(limits)) {
  timer_ = loop_.after(kTick, [this] { tick(); });
}

void ChatEndpoint::handle(ExchangePtr exchange) {
  if (exchange->request().method == "POST") return post(exchange);
  auto request = read_chat_request(exchange->request());
  if (!request) return exchange->respond(problem(400, request.error().message));
  if (request->client_id.empty()) request->client_id = secure_hex(16);
  const TimePoint until = loop_.now() + request->wait;
  fetch({std::move(exchange), std::move(*request), until, {}});
}

void ChatEndpoint::fetch(Poll poll) {
  poll.looked_at = loop_.now();
  const ChatFetch asked{poll.request.room, poll.request.client_id, poll.request.ack,
                        poll.exchange->request().method == "HEAD", loop_.wall_now()};
  const auto work = [book = book_, asked](Tables& tables) { return book->fetch(tables, asked); };
  const auto done = [this, poll](const Result<ChatInbox>& inbox) {
    if (!inbox) return poll.exchange->respond(store_unavailable());
    fetched(poll, *inbox);
  };
  if (!pool_.write(work, done)) poll.exchange->respond(store_unavailable());
}

void ChatEndpoint::fetched(Poll poll, const ChatInbox& inbox) {
  if (poll.exchange->is_gone()) {
    // What was taken for a client that left is there when it comes back.
    const auto undo = [book = book_, inbox](Tables& tables) {
      book->put_back(tables, inbox);
      return true;
    };
    if (inbox.before && !poll.request.ack) (void)pool_.write(undo, [](const Result<bool>&) {});
    return;
  }
  const bool may_wait = loop_.now() < poll.until && poll.exchange->request().method != "HEAD";
  if (!inbox.has_news() && may_wait && !draining_()) return wait(std::move(poll));
  Response response = json_response(chat_json(inbox, poll.request.client_id));
  response.fields.set("Cache-Control", "no-store");
  poll.exchange->respond(std::move(response));
}

void ChatEndpoint::wait(Poll poll) {
  const ExchangePtr exchange = poll.exchange;
  waiting_.push_back(std::move(poll));
  const auto place = std::prev(waiting_.end());
  // The exchange is in the list while it waits and nowhere else, so it is looked up, not kept.
  place->exchange->on_gone([this, left = exchange.get()] {
    std::erase_if(waiting_, [left](const Poll& other) { return other.exchange.get() == left; });
  });
}

void ChatEndpoint::post(const ExchangePtr& exchange) {
  const auto request = read_chat_request(exchange->request());
  if (!request) return exchange->respond(problem(400, request.error().message));
  auto message = read_chat_message(exchange->request().body);
  if (!message) return exchange->respond(problem(400, message.error().message));
  const auto key = read_request_key(exchange->request());
  if (!key) return exchange->respond(problem(400, key.error().message));
  message->room = request->room;
  message->sender = request->client_id;
  message->created_at = loop_.wall_now();
  const auto work = [book = book_, message = std::move(*message), key = *key](Tables& tables) {
    if (key) {
      if (auto given = given_answer(tables, *key, message.created_at)) return std::move(*given);
    }
    book->post(tables, message);
    Response response = ok_response();
    if (key) keep_answer(tables, *key, response, message.created_at);
    return response;
  };
  const auto done = [this, exchange, room = request->room](Result<Response> response) {
    answer_to(exchange)(std::move(response));
    wake(room);
  };
  if (!pool_.write(work, done)) exchange->respond(store_unavailable());
}

void ChatEndpoint::wake(const std::string& room) {
  Waiting woken;
  for (auto poll = waiting_.begin(); poll != waiting_.end();) {
    const auto next = std::next(poll);
    if (poll->request.room == room) woken.splice(woken.end(), waiting_, poll);
    poll = next;
  }
  fetch_again(std::move(woken));
}

void ChatEndpoint::fetch_again(Waiting polls) {
  for (Poll& poll : polls)
    fetch(std::move(poll));
}

void ChatEndpoint::tick() {
  const TimePoint now = loop_.now();
  Waiting due;
  for (auto poll = waiting_.begin(); poll != waiting_.end();) {
    const auto next = std::next(poll);
    const bool is_due = now >= poll->until || now - poll->looked_at >= look_again_ || draining_();
    if (is_due) due.splice(due.end(), waiting_, poll);
    poll = next;
  }
  fetch_again(std::move(due));
  if (++ticks_ % kTicksPerClean == 0) clean();
  timer_ = loop_.after(kTick, [this] { tick(); });
}

void ChatEndpoint::clean() {
  const auto work = [book = book_, now = loop_.wall_now()](Tables& tables) {
    book->clean(tables, now);
    tables.forget_answers_before(
        now - std::chrono::duration_cast<std::chrono::microseconds>(kAnswersKeptFor), kAnswersMax);
    return true;
  };
  // When the store is away or busy the next turn does it.
  (void)pool_.write(work, [](const Result<bool>&) {});
}

Result<std::unique_ptr<Part>> make_chat(ServerContext& context, Router& router) {
  ChatLimits limits;
  limits.client_ttl = context.options.client_ttl;
  auto endpoint =
      std::make_unique<ChatEndpoint>(context.loop, *context.store, limits, context.draining);
  Route route;
  route.path = "/api/messages";
  route.methods = {"GET", "POST"};
  route.endpoint = endpoint.get();
  router.add(std::move(route));
  return endpoint;
}

}  // namespace rtctl::server
