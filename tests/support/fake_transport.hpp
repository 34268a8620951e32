// A transport that plays scripts: delays, cuts in mid-event, resets, and nothing ever sent.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "base/loop.hpp"
#include "net/transport.hpp"

namespace rtctl::test {

/// What one exchange does, step by step, each after a delay from the one before.
class Script {
 public:
  using Act = std::function<void(net::ExchangeHandler&, TimePoint now)>;
  struct Step {
    Duration after;
    Act act;
    bool is_last = false;
  };

  /// Connected; without it the exchange hangs before the connection is there.
  Script& connect(Duration after = {}) {
    return add(after,
               [](net::ExchangeHandler& handler, TimePoint) { handler.on_connected(false); });
  }
  Script& head(int status, net::Headers headers = {}, Duration after = {}) {
    return add(after, [=](net::ExchangeHandler& handler, TimePoint now) {
      net::ResponseHead head{.status = status, .version = "1.1", .headers = headers};
      head.timing = {.started = now, .connected = now, .first_byte = now};
      handler.on_head(head);
    });
  }
  /// 200 with the content type of event streams.
  Script& stream(Duration after = {}) {
    return connect().head(200, {{"Content-Type", "text/event-stream"}}, after);
  }
  Script& body(std::string bytes, Duration after = {}) {
    return add(after, [=](net::ExchangeHandler& handler, TimePoint now) {
      handler.on_activity(now);
      handler.on_body(bytes, now);
    });
  }
  /// A byte that decodes to nothing yet.
  Script& activity(Duration after = {}) {
    return add(after,
               [](net::ExchangeHandler& handler, TimePoint now) { handler.on_activity(now); });
  }
  Script& end(net::OutcomeKind kind = net::OutcomeKind::complete, Duration after = {},
              std::string detail = "scripted") {
    add(after, [=](net::ExchangeHandler& handler, TimePoint) { handler.on_end({kind, detail}); });
    steps.back().is_last = true;
    return *this;
  }

  std::deque<Step> steps;

 private:
  Script& add(Duration after, Act act) {
    steps.push_back({after, std::move(act)});
    return *this;
  }
};

/// Answers each request with the next script; the last one is played again and again.
class FakeTransport final : public net::Transport {
 public:
  explicit FakeTransport(Loop& loop) : loop_(&loop) {}

  /// A request that arrived, and when.
  struct Seen {
    net::Request request;
    TimePoint at;
    std::string header(std::string_view name) const {
      return std::string(net::find_header(request.headers, name).value_or("(none)"));
    }
  };

  void plays(Script script) { scripts_.push_back(std::move(script)); }
  /// When set, decides instead of the scripts.
  std::function<Script(const net::Request&)> answers;
  std::vector<Seen> seen;
  int cancelled = 0;  ///< exchanges ended by the client
  int paused = 0;

  std::unique_ptr<net::Channel> open_channel(const net::ChannelOptions&) override {
    return std::make_unique<FakeChannel>(*this);
  }

 private:
  class FakeChannel final : public net::Channel {
   public:
    explicit FakeChannel(FakeTransport& owner) : owner_(&owner) {}

    void start(const net::Request& request, net::ExchangeHandler& handler) override {
      RTCTL_CHECK(handler_ == nullptr);
      handler_ = &handler;
      owner_->seen.push_back({request, owner_->loop_->now()});
      steps_ = owner_->next_script(request).steps;
      play();
    }
    void cancel() override {
      if (handler_ != nullptr) ++owner_->cancelled;
      handler_ = nullptr;
      steps_.clear();
      timer_.cancel();
    }
    void pause() override {
      ++owner_->paused;
      is_paused_ = true;
      timer_.cancel();
    }
    void resume() override {
      --owner_->paused;
      is_paused_ = false;
      play();
    }

   private:
    void play() {
      if (steps_.empty() || is_paused_) return;
      timer_ = owner_->loop_->after(steps_.front().after, [this] { step(); });
    }
    void step() {
      const Script::Step step = std::move(steps_.front());
      steps_.pop_front();
      net::ExchangeHandler& handler = *handler_;
      if (step.is_last) {
        handler_ = nullptr;  // the handler may start the next exchange inside
        steps_.clear();
        return step.act(handler, owner_->loop_->now());
      }
      const std::size_t turn = owner_->seen.size();
      step.act(handler, owner_->loop_->now());
      if (handler_ != nullptr && turn == owner_->seen.size()) play();
    }

    FakeTransport* owner_;
    net::ExchangeHandler* handler_ = nullptr;
    std::deque<Script::Step> steps_;
    Timer timer_;
    bool is_paused_ = false;
  };

  Script next_script(const net::Request& request) {
    if (answers) return answers(request);
    RTCTL_CHECK(!scripts_.empty());
    Script script = scripts_.front();
    if (scripts_.size() > 1) scripts_.pop_front();
    return script;
  }

  Loop* loop_;
  std::deque<Script> scripts_;
};

}  // namespace rtctl::test
