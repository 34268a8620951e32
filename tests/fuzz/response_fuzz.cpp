// Response heads: whatever status and header fields a server answers with, a stream and a request
// come to an end or wait, follow at most ten redirects in a row, and take no credentials along to
// another origin.
#include <string>
#include <string_view>

#include "../support/fake_loop.hpp"
#include "../support/fake_transport.hpp"
#include "base/check.hpp"
#include "client/media_type.hpp"
#include "client/redirect.hpp"
#include "client/request.hpp"
#include "client/retry_after.hpp"
#include "client/stream.hpp"
#include "client/url.hpp"

using namespace rtctl;
using namespace std::chrono_literals;

namespace {

/// The input as a response: two bytes of status, lines of "Name: value", a blank line, the body.
test::Script script_of(std::string_view input) {
  const int status = input.size() < 2 ? 200 : 200 + (input[0] & 0x7F) * 4 + (input[1] & 0x03);
  input.remove_prefix(std::min<std::size_t>(2, input.size()));
  net::Headers headers;
  while (!input.empty() && input.front() != '\n') {
    const std::string_view line = input.substr(0, input.find('\n'));
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos)
      headers.push_back({std::string(line.substr(0, colon)), std::string(line.substr(colon + 1))});
    input.remove_prefix(std::min(line.size() + 1, input.size()));
  }
  return test::Script().connect().head(status, headers).body(std::string(input)).end();
}

struct Watcher final : client::StreamObserver, client::RequestObserver {
  /// A server may send an event and `retry: 0` for ever; a few rounds tell as much.
  void on_event(const sse::Event&, TimePoint) override {
    if (++events > 20) stream->stop();
  }
  void on_closed(const client::Closing&) override {}
  void on_response(const client::Response& response) override {
    RTCTL_CHECK(response.redirects <= client::kRedirectsMax);
    ++responses;
  }
  client::Stream* stream = nullptr;
  int events = 0;
  int responses = 0;
};

void check_redirects(const test::FakeTransport& transport, const std::string& origin) {
  for (const auto& seen : transport.seen) {
    const bool is_home = client::origin_of(seen.request.url) == origin;
    RTCTL_CHECK(is_home || !net::find_header(seen.request.headers, "authorization"));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  test::FakeLoop loop;
  test::FakeTransport transport(loop);
  transport.plays(script_of(input));
  Random random = make_random(1, 0);
  const client::Environment environment{loop, transport, random};
  Watcher watcher;

  client::StreamOptions options;
  options.request.url = "http://a.test/x";
  options.request.headers = {{"Authorization", "Bearer secret"}};
  options.event_bytes_max = 100;
  options.max_retries = 2;
  client::Stream stream(environment, options, watcher);
  watcher.stream = &stream;
  stream.start();
  loop.advance(1h);
  stream.stop();

  const client::RequestOptions limits{.request_timeout = 10s};
  client::RequestClient request(environment, limits, watcher);
  request.start(options.request);
  loop.advance(1h);
  RTCTL_CHECK(watcher.responses == 1);
  check_redirects(transport, client::origin_of(options.request.url));

  (void)client::parse_url(input);
  (void)client::media_type_of(input);
  if (const auto wait = client::parse_retry_after(input, test::FakeLoop::kWallStart))
    RTCTL_CHECK(*wait >= Duration::zero());
  return 0;
}
