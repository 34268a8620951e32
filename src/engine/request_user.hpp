// A user who sends one request after the other: `kind: request` with `users:`.
#pragma once

#include "client/request.hpp"
#include "engine/group_site.hpp"
#include "engine/user.hpp"
#include "engine/verdict.hpp"

namespace rtctl::engine {

/// Closed loop: the next request follows the answer, after the think time.
class RequestUser final : public User, client::RequestObserver {
 public:
  RequestUser(GroupSite& site, std::uint64_t index);

  void start() override;
  void wind_down() override;
  bool is_done() const override { return !client_.is_active(); }
  void stop() override;

 private:
  void on_response(const client::Response& response) override;
  void send();
  void rest(bool was_good);

  GroupSite* site_;
  std::uint64_t index_;
  client::RequestOptions options_;
  client::RequestClient client_;
  net::Request request_;
  ConnectionWatch connection_;
  UserChance chance_;
  Timer think_;
  std::uint64_t round_ = 0;
  bool is_constant_;
  bool is_winding_down_ = false;
};

}  // namespace rtctl::engine
