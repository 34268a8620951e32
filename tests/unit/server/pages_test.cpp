#include "server/pages.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

namespace rtctl::server {
namespace {

std::string field(const Response& response, std::string_view name) {
  return std::string(response.fields.find(name).value_or("(none)"));
}

Request request_for(std::string path, std::vector<std::pair<std::string, std::string>> query) {
  Request request;
  request.method = "GET";
  request.path = std::move(path);
  request.query = std::move(query);
  return request;
}

std::vector<std::string> matches(std::string_view text, const std::string& pattern) {
  const std::string copy(text);
  const std::regex regex(pattern);
  std::vector<std::string> found;
  for (std::sregex_iterator it(copy.begin(), copy.end(), regex), end; it != end; ++it)
    found.push_back((*it)[1]);
  return found;
}

}  // namespace

TEST_CASE("pages: the five pages are there, as HTML documents") {
  for (const char* path : {"/", "/realtime", "/status", "/chat", "/activity"}) {
    CAPTURE(path);
    const Page* page = find_page(path);
    REQUIRE(page != nullptr);
    CHECK(page->is_document);
    CHECK(page->content_type == "text/html; charset=utf-8");
    CHECK(page->body.starts_with("<!doctype html>"));
    CHECK(page->body.ends_with("</html>\n"));
  }
}

TEST_CASE("pages: what is no page is not found") {
  for (const char* path : {"", "//", "/index.html", "/realtime/", "/assets", "/assets/",
                           "/assets/../realtime", "/assets/index.html", "realtime"})
    CHECK_MESSAGE(find_page(path) == nullptr, path);
}

TEST_CASE("pages: a body is the file, byte for byte") {
  std::ifstream file(RTCTL_SOURCE_DIR "/src/server/pages/style.css", std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  REQUIRE(!text.str().empty());
  CHECK(find_page("/assets/style.css")->body == text.str());
}

TEST_CASE("pages: whatever a page or module names is served") {
  std::size_t named = 0;
  for (const Page& page : all_pages()) {
    for (const std::string& path : matches(page.body, R"re((?:href|src)="(/[^"]*)")re")) {
      CHECK_MESSAGE(
          (find_page(path) || path == "/metrics" || path == "/healthz" || path == "/readyz"),
          page.path, " names ", path);
      ++named;
    }
    for (const std::string& path : matches(page.body, R"re(from '\./([^']*)')re")) {
      CHECK_MESSAGE(find_page("/assets/" + path), page.path, " imports ", path);
      ++named;
    }
  }
  CHECK(named > 50);
}

TEST_CASE("pages: nothing that the security policy forbids") {
  for (const Page& page : all_pages()) {
    CAPTURE(page.path);
    CHECK(matches(page.body, R"re((<script>|<style|\sstyle="|\son[a-z]+="))re").empty());
    CHECK(
        matches(page.body, R"re(((?:inner|outer)HTML|insertAdjacentHTML|document\.write|eval\())re")
            .empty());
    CHECK(matches(page.body, R"re((?:href|src|from|url)\W{1,3}(https?:))re").empty());
  }
}

TEST_CASE("pages: an ETag is quoted and tells bodies apart") {
  std::set<std::string> etags;
  for (const Page& page : all_pages()) {
    CHECK(std::regex_match(page.etag, std::regex("\"[0-9a-f]{16}\"")));
    etags.insert(page.etag);
  }
  CHECK(etags.size() == all_pages().size());
}

TEST_CASE("pages: a response keeps others' script and frames out") {
  const Response response = page_response(*find_page("/chat"));
  CHECK(response.status == 200);
  CHECK(response.body == find_page("/chat")->body);
  CHECK(field(response, "ETag") == find_page("/chat")->etag);
  CHECK(field(response, "Cache-Control") == "no-cache");
  CHECK(field(response, "X-Content-Type-Options") == "nosniff");
  CHECK(field(response, "X-Frame-Options") == "DENY");
  CHECK(field(response, "Referrer-Policy") == "no-referrer");
  const std::string policy = field(response, "Content-Security-Policy");
  CHECK(policy.find("default-src 'none'") != std::string::npos);
  CHECK(policy.find("frame-ancestors 'none'") != std::string::npos);
  CHECK(policy.find("unsafe") == std::string::npos);
}

TEST_CASE("pages: a token in the address moves to a cookie") {
  const auto moved =
      move_token_to_cookie(request_for("/chat", {{"access_token", "s3cret"}}), false);
  REQUIRE(moved);
  CHECK(moved->status == 303);
  CHECK(field(*moved, "Location") == "/chat");
  CHECK(field(*moved, "Set-Cookie") == "rtctl_token=s3cret; Path=/; HttpOnly; SameSite=Strict");
  CHECK(field(*moved, "Cache-Control") == "no-store");
}

TEST_CASE("pages: the cookie is only for TLS when it came over TLS") {
  const auto moved = move_token_to_cookie(request_for("/", {{"access_token", "t"}}), true);
  REQUIRE(moved);
  CHECK(field(*moved, "Set-Cookie").ends_with("; Secure"));
}

TEST_CASE("pages: the rest of the address stays, and no character breaks out of it") {
  const auto moved = move_token_to_cookie(
      request_for("/chat", {{"room", "a b&c"}, {"access_token", "x;\r\ny"}, {"q", "\xC3\xA4"}}),
      false);
  REQUIRE(moved);
  CHECK(field(*moved, "Location") == "/chat?room=a%20b%26c&q=%C3%A4");
  CHECK(field(*moved, "Set-Cookie").starts_with("rtctl_token=x%3B%0D%0Ay; Path=/"));
}

TEST_CASE("pages: from another site's link the page itself goes on, so that the cookie is sent") {
  Request request = request_for("/chat", {{"access_token", "t"}, {"room", "a"}});
  request.fields.set("Sec-Fetch-Site", "cross-site");
  const auto moved = move_token_to_cookie(request, false);
  REQUIRE(moved);
  CHECK(moved->status == 200);
  CHECK(field(*moved, "Refresh") == "0; url=/chat?room=a");
  CHECK(field(*moved, "Set-Cookie").starts_with("rtctl_token=t; "));
  CHECK(!moved->fields.find("Location"));
}

TEST_CASE("pages: without a token nothing is moved") {
  CHECK(!move_token_to_cookie(request_for("/chat", {{"room", "x"}}), false));
}

}  // namespace rtctl::server
