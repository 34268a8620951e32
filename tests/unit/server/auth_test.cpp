#include "server/auth.hpp"

#include <doctest/doctest.h>

using namespace rtctl::server;

namespace {

Request request_with(std::string_view field, std::string_view value) {
  Request request;
  request.method = "GET";
  request.path = "/api/events";
  if (!field.empty()) request.fields.set(field, value);
  return request;
}

}  // namespace

TEST_CASE("auth: without a token everybody may") {
  CHECK(Auth("").allows(request_with("", "")));
}

TEST_CASE("auth: the token opens in any of its three places") {
  const Auth auth("s3cret");
  CHECK(auth.allows(request_with("Authorization", "Bearer s3cret")));
  CHECK(auth.allows(request_with("authorization", "bearer   s3cret")));
  CHECK(auth.allows(request_with("Cookie", "a=b; rtctl_token=s3cret; c=d")));
  Request by_query = request_with("", "");
  by_query.query = {{"topic", "x"}, {"access_token", "s3cret"}};
  CHECK(auth.allows(by_query));
}

TEST_CASE("auth: a token that no cookie can hold opens in its encoded form") {
  const Auth auth("two words; %");
  CHECK(auth.allows(request_with("Cookie", "a=b; rtctl_token=two%20words%3B%20%25")));
  CHECK(!auth.allows(request_with("Cookie", "rtctl_token=two words; %")));
  CHECK(!auth.allows(request_with("Authorization", "Bearer two%20words%3B%20%25")));
}

TEST_CASE("auth: nothing else opens") {
  const Auth auth("s3cret");
  CHECK(!auth.allows(request_with("", "")));
  for (const char* value :
       {"", "Bearer", "Bearer ", "Bearer s3cre", "Bearer s3crets", "Basic s3cret", "s3cret"}) {
    CAPTURE(value);
    CHECK(!auth.allows(request_with("Authorization", value)));
  }
  CHECK(!auth.allows(request_with("Cookie", "xrtctl_token=s3cret")));
  CHECK(!auth.allows(request_with("Cookie", "rtctl_token=")));
  CHECK(unauthorized().status == 401);
  CHECK(unauthorized().fields.find("WWW-Authenticate") == "Bearer realm=\"rtctl\"");
}

TEST_CASE("auth: the token never stands in a log") {
  CHECK(redacted_target("/a") == "/a");
  CHECK(redacted_target("/a?access_token=x") == "/a?access_token=***");
  CHECK(redacted_target("/a?b=c&access_token=x&d=e") == "/a?b=c&access_token=***&d=e");
  CHECK(redacted_target("/a?access_token=x&access_token=y") ==
        "/a?access_token=***&access_token=***");
  CHECK(redacted_target("/a?%61ccess%5Ftoken=x&b") == "/a?access_token=***&b");
  CHECK(redacted_target("/a?&access_token&b=%zz") == "/a?&access_token=***&b=%zz");
  CHECK(redacted_target("/a?my_access_token=x") == "/a?my_access_token=x");
}
