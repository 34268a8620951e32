#include <doctest/doctest.h>

#include "client/redirect.hpp"
#include "client/url.hpp"
#include "stream_rig.hpp"

using namespace rtctl;
using namespace rtctl::test;
using client::CloseReason;

namespace {

Script redirect_to(const std::string& location, int status = 302) {
  return Script().connect().head(status, {{"Location", location}});
}

}  // namespace

TEST_CASE("redirect: followed from URL to URL, and from the first again after a loss") {
  StreamRig rig;
  rig.transport.plays(redirect_to("/moved"));
  rig.transport.plays(redirect_to("//other.test:81/x?y=1"));
  rig.transport.plays(Script().stream().body("data: a\n\n").end());
  rig.transport.plays(Script().stream());
  rig.run(1s);
  std::vector<std::string> urls;
  for (const auto& seen : rig.transport.seen)
    urls.push_back(seen.request.url);
  CHECK(urls == std::vector<std::string>{"http://server.test/api/events",
                                         "http://server.test/moved", "http://other.test:81/x?y=1",
                                         "http://server.test/api/events"});
  CHECK(rig.events.size() == 1);
}

TEST_CASE("redirect: ten are followed, the eleventh is final") {
  StreamRig rig;
  rig.transport.plays(redirect_to("/again"));
  rig.run(1h);
  CHECK(rig.transport.seen.size() == 11);
  CHECK(rig.close_reasons == std::vector{CloseReason::failed});
  CHECK(rig.closing_detail == "more than 10 redirects");
}

TEST_CASE("redirect: ten redirects and then a stream is fine") {
  StreamRig rig;
  for (int index = 0; index < 10; ++index)
    rig.transport.plays(redirect_to("/again"));
  rig.transport.plays(Script().stream().body("data: a\n\n"));
  rig.run(1s);
  CHECK(rig.events.size() == 1);
}

TEST_CASE("redirect: method and body by status") {
  struct Row {
    int status;
    std::string method;
    std::string next;
  };
  for (const Row& row : std::vector<Row>{{301, "POST", "GET"},
                                         {302, "POST", "GET"},
                                         {303, "POST", "GET"},
                                         {307, "POST", "POST"},
                                         {308, "POST", "POST"},
                                         {301, "PUT", "PUT"},
                                         {302, "REPORT", "REPORT"},
                                         {303, "PUT", "GET"},
                                         {303, "HEAD", "HEAD"},
                                         {301, "GET", "GET"},
                                         {308, "GET", "GET"}}) {
    CAPTURE(row.status);
    CAPTURE(row.method);
    const net::Request request{.method = row.method,
                               .url = "http://a.test/x",
                               .headers = {{"Content-Type", "text/plain"}, {"X-Own", "1"}},
                               .body = "hello"};
    const auto next = client::redirected(request, row.status, "/y");
    REQUIRE(next);
    CHECK(next->method == row.next);
    const bool keeps_body = row.next == row.method;
    CHECK(next->body == (keeps_body ? "hello" : ""));
    CHECK(net::find_header(next->headers, "content-type").has_value() == keeps_body);
    CHECK(net::find_header(next->headers, "x-own").has_value());
  }
}

TEST_CASE("redirect: an empty location is the same URL, fragments are dropped") {
  for (const char* location : {"", "#part", "?q=1#part", "//a.test/x?q=1", "/x?q=1#"}) {
    CAPTURE(location);
    const auto next = client::redirected({.url = "http://a.test/x?q=1"}, 302, location);
    REQUIRE(next);
    CHECK(next->url == "http://a.test/x?q=1");
  }
}

TEST_CASE("redirect: credentials and Host stay behind when the origin changes") {
  const net::Headers secret{{"AUTHORIZATION", "Bearer x"},
                            {"cookie", "a=b"},
                            {"Proxy-Authorization", "z"},
                            {"Host", "a.test"},
                            {"X-Own", "1"}};
  struct Row {
    const char* why;
    std::string location;
    bool keeps;
  };
  for (const Row& row :
       std::vector<Row>{{"a path", "/y", true},
                        {"the same origin", "http://a.test/y", true},
                        {"the default port written out", "http://a.test:80/y", true},
                        {"host in capitals", "http://A.TEST/y", true},
                        {"another port", "http://a.test:8080/y", false},
                        {"another scheme", "https://a.test/y", false},
                        {"another host", "http://b.test/y", false},
                        {"a subdomain", "http://x.a.test/y", false}}) {
    CAPTURE(row.why);
    const auto next =
        client::redirected({.url = "http://a.test/x", .headers = secret}, 302, row.location);
    REQUIRE(next);
    for (const char* name : {"authorization", "cookie", "proxy-authorization", "host"})
      CHECK(net::find_header(next->headers, name).has_value() == row.keeps);
    CHECK(net::find_header(next->headers, "x-own").has_value());
  }
}

TEST_CASE("url: what is accepted and what is not") {
  for (const char* url :
       {"http://a", "http://127.0.0.1:80/x?y#z", "https://[::1]:8443/", "HTTP://a.test/"})
    CHECK_MESSAGE(client::parse_url(url).has_value(), url);
  for (const char* url : {"", "a.test", "ftp://a/", "file:///etc/passwd", "http://", "http://a b/",
                          "http://a:99999/", "http://[::1", "://x", "http:///x y"})
    CHECK_MESSAGE(!client::parse_url(url).has_value(), url);
  const auto parsed = client::parse_url("http://u%40x:p%3A@a.test/x#frag");
  REQUIRE(parsed);
  CHECK(parsed->url == "http://a.test/x");
  CHECK(parsed->user_password == "u@x:p:");
}

TEST_CASE("url: queries are added form-encoded") {
  CHECK(client::with_query("http://a/x", "after", "a b&c") == "http://a/x?after=a+b%26c");
  CHECK(client::with_query("http://a/x?y=1", "wait", "25s") == "http://a/x?y=1&wait=25s");
}
