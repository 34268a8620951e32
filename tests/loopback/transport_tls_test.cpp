// TLS: who is believed, and what is said when somebody is not.
#include "loopback/transport_fixture.hpp"
#include "support/test_certificates.hpp"

using namespace rtctl;
using namespace rtctl::test;
using net::OutcomeKind;

namespace {

const Certificates& certificates() {
  static const Certificates made;
  return made;
}

TlsFiles files(const std::string& name) {
  return {.certificate = certificates().path(name + ".crt"),
          .key = certificates().path(name + ".key")};
}

void answer_all(Peer& peer, int) {
  while (!peer.read_request().empty())
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
}

}  // namespace

TEST_CASE("transport tls: a certificate of a known authority is believed, connections are kept") {
  with_each_driver([](Driver& driver) {
    const TlsFiles server_files = files("server");
    ScriptedServer server(answer_all, &server_files);
    const auto channel =
        driver.transport().open_channel({.ca_file = certificates().path("ca.crt")});
    for (int i = 0; i < 3; ++i) {
      const auto exchange = driver.get(*channel, {.url = server.url()});
      CHECK(exchange.outcome.kind == OutcomeKind::complete);
      CHECK(exchange.outcome.detail == "");
      CHECK(exchange.body == "ok");
      CHECK(exchange.reused == (i > 0));
    }
    CHECK(server.connections() == 1);
  });
}

TEST_CASE("transport tls: certificates that are not believed") {
  with_each_driver([](Driver& driver) {
    for (const char* name : {"server", "other"}) {
      CAPTURE(name);
      const bool knows_authority = std::string(name) == "other";
      const TlsFiles server_files = files(name);
      ScriptedServer server(answer_all, &server_files);
      net::ChannelOptions options;
      if (knows_authority) options.ca_file = certificates().path("ca.crt");
      const auto exchange = driver.get({.url = server.url()}, options);
      CHECK(exchange.outcome.kind == OutcomeKind::certificate);
      CHECK_FALSE(exchange.outcome.detail.empty());
      CHECK(exchange.connected == 0);
      const auto insecure = driver.get({.url = server.url()}, {.insecure = true});
      CHECK(insecure.outcome.kind == OutcomeKind::complete);
    }
  });
}

TEST_CASE("transport tls: a name in the URL is what the certificate must say") {
  with_each_driver([](Driver& driver) {
    const TlsFiles server_files = files("server");
    ScriptedServer server(answer_all, &server_files);
    const std::string url = "https://localhost:" + std::to_string(server.port()) + "/";
    const auto exchange = driver.get({.url = url}, {.ca_file = certificates().path("ca.crt")});
    CHECK(exchange.outcome.detail == "");
    CHECK(exchange.outcome.kind == OutcomeKind::complete);
  });
}

TEST_CASE("transport tls: a server that wants to know its clients") {
  with_each_driver([](Driver& driver) {
    TlsFiles server_files = files("server");
    server_files.client_ca = certificates().path("ca.crt");
    ScriptedServer server(answer_all, &server_files);
    const std::string ca = certificates().path("ca.crt");
    const auto known =
        driver.get({.url = server.url()}, {.ca_file = ca,
                                           .certificate_file = certificates().path("client.crt"),
                                           .key_file = certificates().path("client.key")});
    CHECK(known.outcome.detail == "");
    CHECK(known.outcome.kind == OutcomeKind::complete);
    const auto unknown = driver.get({.url = server.url()}, {.ca_file = ca});
    CHECK(unknown.outcome.kind == OutcomeKind::tls);
    CHECK(unknown.outcome.detail.find("certificate") != std::string::npos);
  });
}

TEST_CASE("transport tls: files that cannot be used are as final as a bad certificate") {
  with_each_driver([](Driver& driver) {
    const TlsFiles server_files = files("server");
    ScriptedServer server(answer_all, &server_files);
    const auto no_ca = driver.get({.url = server.url()}, {.ca_file = "/nonexistent/ca"});
    CHECK(no_ca.outcome.kind == OutcomeKind::certificate);
    CHECK(no_ca.outcome.detail.find("/nonexistent/ca") != std::string::npos);
    const auto no_cert =
        driver.get({.url = server.url()}, {.insecure = true, .certificate_file = "/nonexistent/c"});
    CHECK(no_cert.outcome.kind == OutcomeKind::certificate);
    CHECK(no_cert.outcome.detail.find("/nonexistent/c") != std::string::npos);
  });
}

TEST_CASE("transport tls: large bodies both ways, and a stream cut without a goodbye") {
  with_each_driver([](Driver& driver) {
    const TlsFiles server_files = files("server");
    const std::string large(3'000'000, 'x');
    ScriptedServer server(
        [&](Peer& peer, int) {
          const std::string request = peer.read_request();
          peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(request.size()) +
                    "\r\n\r\n" + request);
          peer.read_request();
          peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
          peer.reset();
        },
        &server_files);
    const auto channel = driver.transport().open_channel({.insecure = true});
    const auto first = driver.get(*channel, {.method = "POST", .url = server.url(), .body = large});
    CHECK(first.outcome.kind == OutcomeKind::complete);
    CHECK(first.body.ends_with(large));
    const auto second = driver.get(*channel, {.url = server.url()});
    CHECK(second.outcome.kind == OutcomeKind::reset);
  });
}
