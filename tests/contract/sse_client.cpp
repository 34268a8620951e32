// One client::Stream behind lines of JSON, for the contract test service: the first line on
// standard input is what the stream is to do, each later one a command; what the stream tells goes
// out line by line.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "base/poller.hpp"
#include "client/stream.hpp"
#include "net/curl_transport.hpp"

using namespace rtctl;
using nlohmann::json;

namespace {

void tell(const json& message) {
  fmt::print("{}\n", message.dump(-1, ' ', false, json::error_handler_t::replace));
  std::fflush(stdout);
}

class Told final : public client::StreamObserver {
 public:
  void on_event(const sse::Event& event, TimePoint) override {
    tell({{"kind", "event"},
          {"event", {{"type", event.type}, {"data", event.data}, {"id", event.last_event_id}}}});
  }
  void on_comment(std::string_view text, TimePoint) override {
    tell({{"kind", "comment"}, {"comment", text}});
  }
  void on_loss(const client::Loss& loss) override {
    tell({{"kind", "error"}, {"comment", loss.detail}});
  }
  void on_closed(const client::Closing& closing) override {
    tell({{"kind", "closed"}, {"comment", closing.detail}});
  }
};

/// Commands: "restart"; the end of the input ends the program.
class Commands final : public Watcher {
 public:
  Commands(AsioLoop& loop, client::Stream& stream) : loop_(&loop), stream_(&stream) {}

  void on_ready(std::uint32_t) override {
    char buffer[512];
    const ssize_t count = ::read(STDIN_FILENO, buffer, sizeof buffer);
    if (count <= 0) return loop_->stop();
    stream_->drop();
  }

 private:
  AsioLoop* loop_;
  client::Stream* stream_;
};

client::StreamOptions options_of(const json& wanted) {
  client::StreamOptions options;
  options.request.url = wanted.at("streamUrl");
  options.request.method = wanted.value("method", "GET");
  options.request.body = wanted.value("body", "");
  const json headers = wanted.value("headers", json::object());
  for (const auto& [name, value] : headers.items())
    options.request.headers.push_back({name, value.get<std::string>()});
  options.backoff.initial = std::chrono::milliseconds(wanted.value("initialDelayMs", 500));
  if (wanted.contains("readTimeoutMs"))
    options.idle_timeout = std::chrono::milliseconds(wanted["readTimeoutMs"].get<int>());
  return options;
}

}  // namespace

int main() {
  // Read byte by byte, so that the commands behind the first line stay for the loop.
  std::string first;
  for (char byte = 0; ::read(STDIN_FILENO, &byte, 1) == 1 && byte != '\n';)
    first += byte;
  const json wanted = json::parse(first);
  const auto loop = make_asio_loop();
  const auto transport = net::make_curl_transport(*loop);
  Random random = make_random(random_seed(), 0);
  const client::Environment environment{*loop, *transport, random};
  const client::StreamOptions options = options_of(wanted);
  Told told;
  client::Stream stream(environment, options, told);
  stream.set_last_event_id(wanted.value("lastEventId", ""));
  Commands commands(*loop, stream);
  const auto poller = make_poller(*loop);
  if (!poller || !(*poller)->add(STDIN_FILENO, EPOLLIN, commands)) return 1;
  stream.start();
  loop->run();
  stream.stop();
  return 0;
}
