// Connections over their life: kept, lost, paused, given up in the middle of everything.
#include <chrono>

#include "loopback/transport_fixture.hpp"

using namespace rtctl;
using namespace rtctl::test;
using namespace std::chrono_literals;
using net::OutcomeKind;

namespace {

constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
constexpr std::string_view kStreamHead =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

void answer_all(Peer& peer, int) {
  while (!peer.read_request().empty())
    peer.send(kOk);
}

}  // namespace

TEST_CASE("transport: a request arrives as it was given") {
  with_each_driver([](Driver& driver) {
    std::string seen;
    ScriptedServer server([&](Peer& peer, int) {
      seen = peer.read_request();
      peer.send(kOk);
    });
    const auto exchange = driver.get({.method = "POST",
                                      .url = server.url("/a%20b?c=d#fragment"),
                                      .headers = {{"X-One", "1"}, {"X-Empty", ""}},
                                      .body = std::string("a\0b", 3)});
    CHECK(exchange.outcome.kind == OutcomeKind::complete);
    CHECK(exchange.head.status == 200);
    CHECK(exchange.head.version == "1.1");
    CHECK(seen.starts_with("POST /a%20b?c=d HTTP/1.1\r\n"));
    CHECK(seen.ends_with(std::string("\r\n\r\na\0b", 7)));
    for (const char* line : {"\r\nX-One: 1\r\n", "\r\nX-Empty:", "\r\nContent-Length: 3\r\n",
                             "\r\nHost: 127.0.0.1:", "\r\nUser-Agent: rtctl/"}) {
      CAPTURE(line);
      CHECK(seen.find(line) != std::string::npos);
    }
    for (const char* absent : {"Accept", "Expect", "Content-Type", "fragment"}) {
      CAPTURE(absent);
      CHECK(seen.find(absent) == std::string::npos);
    }
  });
}

TEST_CASE("transport: what the caller sets wins over what would be added") {
  with_each_driver([](Driver& driver) {
    std::string seen;
    ScriptedServer server([&](Peer& peer, int) {
      seen = peer.read_request();
      peer.send(kOk);
    });
    driver.get({.method = "PUT",
                .url = server.url(),
                .headers = {{"host", "example.org"}, {"user-agent", "me"}, {"accept", "a/b"}}});
    CHECK(seen.find("example.org") != std::string::npos);
    CHECK(seen.find("127.0.0.1") == std::string::npos);
    CHECK(seen.find("rtctl") == std::string::npos);
    CHECK(seen.find("a/b") != std::string::npos);
    CHECK(seen.find("Content-Length: 0\r\n") != std::string::npos);
  });
}

TEST_CASE("transport: a channel keeps its connection") {
  with_each_driver([](Driver& driver) {
    ScriptedServer server(answer_all);
    const auto channel = driver.transport().open_channel({});
    for (int i = 0; i < 5; ++i) {
      CAPTURE(i);
      const auto exchange = driver.get(*channel, {.url = server.url()});
      CHECK(exchange.outcome.kind == OutcomeKind::complete);
      CHECK(exchange.body == "ok");
      CHECK(exchange.reused == (i > 0));
      CHECK(exchange.head.timing.connected.has_value() == (i == 0));
      CHECK(exchange.head.timing.started <= exchange.head.timing.first_byte);
    }
    CHECK(server.connections() == 1);
  });
}

TEST_CASE("transport: methods may change from exchange to exchange") {
  with_each_driver([](Driver& driver) {
    std::vector<std::string> seen;
    ScriptedServer server([&](Peer& peer, int) {
      for (;;) {
        const std::string request = peer.read_request();
        if (request.empty()) return;
        seen.push_back(request.substr(0, request.find(' ')) + ":" +
                       request.substr(request.find("\r\n\r\n") + 4));
        peer.send(request.starts_with("HEAD") ? kOk.substr(0, kOk.size() - 2) : kOk);
      }
    });
    const auto channel = driver.transport().open_channel({});
    const std::vector<net::Request> requests{{.method = "POST", .body = "1"},
                                             {.method = "GET"},
                                             {.method = "HEAD"},
                                             {.method = "GET"},
                                             {.method = "DELETE"},
                                             {.method = "PATCH", .body = "2"},
                                             {.method = "OPTIONS"},
                                             {.method = "GET", .body = "3"},
                                             {.method = "GET"}};
    for (net::Request request : requests) {
      request.url = server.url();
      CHECK(driver.get(*channel, request).outcome.kind == OutcomeKind::complete);
    }
    CHECK(seen == std::vector<std::string>{"POST:1", "GET:", "HEAD:", "GET:", "DELETE:", "PATCH:2",
                                           "OPTIONS:", "GET:3", "GET:"});
    CHECK(server.connections() == 1);
  });
}

TEST_CASE("transport: a kept connection that died meanwhile is replaced") {
  with_each_driver([](Driver& driver) {
    ScriptedServer server([](Peer& peer, int) {
      peer.read_request();
      peer.send(kOk);
    });  // closes after each response without saying so
    const auto channel = driver.transport().open_channel({});
    for (int i = 0; i < 4; ++i) {
      const auto exchange = driver.get(*channel, {.url = server.url()});
      CHECK(exchange.outcome.kind == OutcomeKind::complete);
      CHECK_FALSE(exchange.reused);
    }
    CHECK(server.connections() == 4);
  });
}

TEST_CASE("transport: a kept connection that dies under the next request is replaced once") {
  with_each_driver([](Driver& driver) {
    ScriptedServer server([](Peer& peer, int connection) {
      peer.read_request();
      peer.send(kOk);
      peer.read_request();  // the second request is read and not answered
      if (connection > 0) peer.send(kOk);
    });
    const auto channel = driver.transport().open_channel({});
    CHECK(driver.get(*channel, {.url = server.url()}).outcome.kind == OutcomeKind::complete);
    const auto second = driver.get(*channel, {.url = server.url()});
    CHECK(second.outcome.kind == OutcomeKind::complete);
    CHECK(second.body == "ok");
    CHECK(server.connections() == 2);
  });
}

TEST_CASE("transport: Connection: close is obeyed") {
  with_each_driver([](Driver& driver) {
    ScriptedServer server([](Peer& peer, int) {
      peer.read_request();
      peer.send("HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 2\r\n\r\nok");
      peer.wait_for_close();
    });
    const auto channel = driver.transport().open_channel({});
    for (int i = 0; i < 2; ++i)
      CHECK(driver.get(*channel, {.url = server.url()}).outcome.kind == OutcomeKind::complete);
    CHECK(server.connections() == 2);
  });
}

TEST_CASE("transport: cancel and a new start in each callback") {
  with_each_driver([](Driver& driver) {
    ScriptedServer server([](Peer& peer, int) {
      peer.read_request();
      peer.send(kStreamHead);
      peer.send("5\r\nhello\r\n");
      peer.wait_for_close();
    });
    for (const int where : {0, 1, 2}) {
      CAPTURE(where);
      const auto channel = driver.transport().open_channel({});
      Exchange first;
      Exchange second;
      const auto change = [&] {
        channel->cancel();
        channel->start({.url = server.url()}, second);
      };
      if (where == 0) first.connected_hook = change;
      if (where == 1) first.head_hook = change;
      if (where == 2) first.body_hook = change;
      channel->start({.url = server.url()}, first);
      CHECK(driver.run_until([&] { return second.body == "hello"; }));
      CHECK(first.ends == 0);
      CHECK(first.heads == (where > 0 ? 1 : 0));
      CHECK(second.ends == 0);
    }
  });
}

TEST_CASE("transport: the channel may be destroyed in each callback") {
  with_each_driver([](Driver& driver) {
    ScriptedServer server([](Peer& peer, int) {
      peer.read_request();
      peer.send(kOk);
      peer.wait_for_close();
    });
    for (const int where : {0, 1, 2, 3}) {
      CAPTURE(where);
      auto channel = driver.transport().open_channel({});
      Exchange exchange;
      const auto destroy = [&] { channel.reset(); };
      if (where == 0) exchange.connected_hook = destroy;
      if (where == 1) exchange.head_hook = destroy;
      if (where == 2) exchange.body_hook = destroy;
      if (where == 3) exchange.end_hook = destroy;
      channel->start({.url = server.url()}, exchange);
      CHECK(driver.run_until([&] { return channel == nullptr; }));
      CHECK(exchange.ends == (where == 3 ? 1 : 0));
      // Others go on as if nothing had happened.
      CHECK(driver.get({.url = server.url()}).outcome.kind == OutcomeKind::complete);
    }
  });
}

TEST_CASE("transport: the next exchange may begin in on_end") {
  with_each_driver([](Driver& driver) {
    ScriptedServer server(answer_all);
    const auto channel = driver.transport().open_channel({});
    Exchange exchange;
    exchange.end_hook = [&] {
      if (exchange.ends < 20) channel->start({.url = server.url()}, exchange);
    };
    channel->start({.url = server.url()}, exchange);
    CHECK(driver.run_until([&] { return exchange.ends == 20; }));
    CHECK(exchange.heads == 20);
    CHECK(server.connections() == 1);
  });
}

TEST_CASE("transport: cancelling closes the connection, at once and without a callback") {
  with_each_driver([](Driver& driver) {
    std::atomic<int> closed = 0;
    ScriptedServer server([&](Peer& peer, int) {
      peer.read_request();
      peer.send(kStreamHead);
      peer.wait_for_close();
      ++closed;
    });
    const auto channel = driver.transport().open_channel({});
    Exchange exchange;
    channel->start({.url = server.url()}, exchange);
    CHECK(driver.run_until([&] { return exchange.heads == 1; }));
    channel->cancel();
    CHECK(driver.run_until([&] { return closed == 1; }));
    CHECK(exchange.ends == 0);
  });
}

TEST_CASE("transport: destroying a channel closes the connection it kept") {
  with_each_driver([](Driver& driver) {
    std::atomic<int> closed = 0;
    ScriptedServer server([&](Peer& peer, int) {
      answer_all(peer, 0);
      ++closed;
    });
    auto channel = driver.transport().open_channel({});
    driver.get(*channel, {.url = server.url()});
    channel.reset();
    CHECK(driver.run_until([&] { return closed == 1; }));
  });
}

TEST_CASE("transport: a paused channel pushes back and loses nothing") {
  with_each_driver([](Driver& driver) {
    constexpr std::size_t kBlocks = 400;
    const std::string block(64 * 1024, 'x');
    std::atomic<std::size_t> sent = 0;
    ScriptedServer server([&](Peer& peer, int) {
      peer.read_request();
      peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(kBlocks * block.size()) +
                "\r\n\r\n");
      while (sent < kBlocks && peer.send(block))
        ++sent;
    });
    const auto channel = driver.transport().open_channel({});
    Exchange exchange;
    std::size_t when_paused = 0;
    exchange.body_hook = [&] {
      if (when_paused == 0) {
        channel->pause();
        when_paused = exchange.body.size();
      }
    };
    channel->start({.url = server.url()}, exchange);
    CHECK(driver.run_until([&] { return when_paused > 0; }));
    std::size_t before = kBlocks + 1;  // until the server gets nothing more into the connection
    int still = 0;
    CHECK(driver.run_until([&] {
      still = sent == before ? still + 1 : 0;
      before = sent;
      return still >= 30;
    }));
    CHECK(sent < kBlocks);
    CHECK(exchange.body.size() == when_paused);
    channel->resume();
    CHECK(driver.run_until([&] { return exchange.ends == 1; }));
    CHECK(exchange.outcome.kind == OutcomeKind::complete);
    CHECK(exchange.body.size() == kBlocks * block.size());
  });
}

TEST_CASE("transport: pausing and resuming over and over, in and outside callbacks") {
  with_each_driver([](Driver& driver) {
    ScriptedServer server([&](Peer& peer, int) {
      peer.read_request();
      peer.send(kStreamHead);
      for (int i = 0; i < 200; ++i)
        peer.send("4\r\nabcd\r\n");
      peer.send("0\r\n\r\n");
      peer.wait_for_close();
    });
    const auto channel = driver.transport().open_channel({});
    Exchange exchange;
    exchange.head_hook = [&] {
      channel->pause();
      channel->resume();
    };
    exchange.body_hook = [&] { channel->pause(); };
    channel->start({.url = server.url()}, exchange);
    CHECK(driver.run_until([&] {
      channel->resume();
      return exchange.ends == 1;
    }));
    CHECK(exchange.outcome.kind == OutcomeKind::complete);
    CHECK(exchange.body.size() == 800);
  });
}

TEST_CASE("transport: hundreds of channels at once, each with a connection of its own") {
  with_each_driver([](Driver& driver) {
    ScriptedServer server(answer_all);
    constexpr std::size_t kChannels = 200;
    std::vector<std::unique_ptr<net::Channel>> channels;
    std::vector<Exchange> exchanges(kChannels);
    std::size_t done = 0;
    for (Exchange& exchange : exchanges) {
      channels.push_back(driver.transport().open_channel({}));
      exchange.end_hook = [&] { ++done; };
      channels.back()->start({.url = server.url()}, exchange);
    }
    CHECK(driver.run_until([&] { return done == kChannels; }));
    for (const Exchange& exchange : exchanges)
      CHECK(exchange.body == "ok");
    CHECK(server.connections() == kChannels);
  });
}

TEST_CASE("transport: connections come from the source address") {
  with_each_driver([](Driver& driver) {
    ScriptedServer server(answer_all);
    const auto exchange = driver.get({.url = server.url()}, {.source_address = "127.9.8.7"});
    CHECK(exchange.outcome.kind == OutcomeKind::complete);
    CHECK(server.last_client() == "127.9.8.7");
    const auto refused = driver.get({.url = server.url()}, {.source_address = "192.0.2.77"});
    CHECK(refused.outcome.kind == OutcomeKind::connect);
  });
}

TEST_CASE("transport: several loops in one process") {
  with_each_driver([](Driver& driver) {
    ScriptedServer server(answer_all);
    std::atomic<int> complete = 0;
    const auto work = [&] {
      Driver own(driver.maker());
      for (int i = 0; i < 20; ++i) {
        const auto channel = own.transport().open_channel({});
        Exchange exchange;
        channel->start({.url = server.url()}, exchange);
        own.run_until([&] { return exchange.ends > 0; });
        if (exchange.outcome.kind == OutcomeKind::complete) ++complete;
      }
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back(work);
    for (std::thread& thread : threads)
      thread.join();
    CHECK(complete == 80);
  });
}
