#include "net/request_text.hpp"

#include <doctest/doctest.h>

#include "net/origin.hpp"

using namespace rtctl::net;

TEST_CASE("request text: what is added, and what is not when it is there") {
  std::string text;
  write_request({.method = "GET", .headers = {{"Accept", "a/b"}}}, "/x?y", {.host = "h:1"}, text);
  CHECK(text == "GET /x?y HTTP/1.1\r\nHost: h:1\r\nUser-Agent: rtctl/" RTCTL_VERSION
                "\r\nAccept: a/b\r\n\r\n");
  write_request({.method = "POST", .headers = {{"host", "a"}, {"user-agent", "b"}}, .body = "123"},
                "/", {.host = "h"}, text);
  CHECK(text == "POST / HTTP/1.1\r\nhost: a\r\nuser-agent: b\r\nContent-Length: 3\r\n\r\n123");
  write_request({.method = "PUT", .headers = {{"host", "a"}, {"user-agent", "b"}}}, "/",
                {.host = "h", .authorization = "Basic eA=="}, text);
  CHECK(text ==
        "PUT / HTTP/1.1\r\nAuthorization: Basic eA==\r\nhost: a\r\nuser-agent: b\r\n"
        "Content-Length: 0\r\n\r\n");
}

TEST_CASE("request text: Basic authentication") {
  CHECK(basic_authorization("a:b") == "Basic YTpi");
  CHECK(basic_authorization("user:pass!") == "Basic dXNlcjpwYXNzIQ==");
  CHECK(basic_authorization("") == "Basic ");
}

TEST_CASE("split url: origins and targets") {
  const auto plain = split_url("http://example.org");
  REQUIRE(plain);
  CHECK(plain->host == "example.org");
  CHECK(plain->port == 80);
  CHECK(plain->target == "/");
  const auto full = split_url("https://u:p%40@[::1]:8443/a/../b?c=d#e");
  REQUIRE(full);
  CHECK(full->is_https);
  CHECK(full->host == "::1");
  CHECK(full->port == 8443);
  CHECK(full->target == "/b?c=d");
  CHECK(full->user_password == "u:p@");
  for (const char* url : {"", "http://", "ftp://x/", "x", "http://x:0/", "http://x:65536/",
                          "http://x y/", "http://[::1/"}) {
    CAPTURE(url);
    CHECK_FALSE(split_url(url));
  }
}
