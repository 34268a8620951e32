// GET and POST /api/messages, with long polling.
#pragma once

#include <list>
#include <memory>
#include <string>

#include "server/chat.hpp"
#include "server/endpoints.hpp"
#include "server/store_pool.hpp"

namespace rtctl::server {

/// Belongs to the loop. Who waits is kept here, as many as there are connections; a message wakes
/// those in its room, who fetch again. On a shared store, where messages come from other servers
/// too, they look once a second.
class ChatEndpoint final : public Endpoint, public Part {
 public:
  ChatEndpoint(Loop& loop, StorePool& pool, ChatLimits limits, std::function<bool()> draining);

  void handle(ExchangePtr exchange) override;

  std::size_t waiting() const { return waiting_.size(); }

 private:
  struct Poll {
    ExchangePtr exchange;
    ChatRequest request;
    TimePoint until;      ///< when it is answered, with or without messages
    TimePoint looked_at;  ///< its last fetch, which also tells that the client is there
  };
  using Waiting = std::list<Poll>;

  void fetch(Poll poll);
  void fetched(Poll poll, const ChatInbox& inbox);
  void wait(Poll poll);
  void post(const ExchangePtr& exchange);
  void wake(const std::string& room);
  void fetch_again(Waiting polls);
  void tick();
  void clean();

  Loop& loop_;
  StorePool& pool_;
  const std::function<bool()> draining_;
  const Duration look_again_;  // a poll that waits fetches at least this often
  // Used by the pool's write transactions only, of which there is one at a time; shared with those
  // that may outlast this.
  std::shared_ptr<ChatBook> book_;
  Waiting waiting_;
  int ticks_ = 0;
  Timer timer_;
};

Result<std::unique_ptr<Part>> make_chat(ServerContext& context, Router& router);

}  // namespace rtctl::server
