// What holds for every store, whatever it is made of.
#include "server/store.hpp"

#include <thread>

#include "store/kinds.hpp"

namespace rtctl::server {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kNoon{std::chrono::sys_days{std::chrono::year{2026} / 1 / 31} + 12h};

template <typename Work>
void write(Store& store, Work work) {
  const auto result = store.write(work);
  REQUIRE_MESSAGE(result, (result ? "" : result.error().message));
}

template <typename Work>
void read(Store& store, Work work) {
  const auto result = store.read(work);
  REQUIRE_MESSAGE(result, (result ? "" : result.error().message));
}

Activity activity(std::string type, WallTime at = kNoon) {
  return {0, std::move(type), R"("u1")", R"({"n":1})", at};
}

ChatMessage message(std::string room, std::string sender, std::string content) {
  return {0, std::move(room), std::move(sender), "guest", std::move(content), kNoon};
}

ChatClient client(std::string room, std::string id, WallTime seen_at = kNoon) {
  return {std::move(room), std::move(id), 0, 0, seen_at};
}

RTCTL_STORE_TEST("activities come back as they were, newest first") {
  const Kind kind;
  const auto store = test::open(kind.options);
  write(*store, [](Tables& tables) {
    tables.add_activity({0, "log in", R"("ann")", R"(["\u0000",null,1.5,"ä"])", kNoon + 123456us});
    tables.add_activity({0, "zoë", "42", "null", kNoon + 123457us});
  });
  std::vector<Activity> found;
  read(*store, [&](Tables& tables) { found = tables.newest_activities(50); });
  REQUIRE(found.size() == 2);
  CHECK(found[0].type == "zoë");
  CHECK(found[0].user_id == "42");
  CHECK(found[0].data == "null");
  CHECK(found[1].type == "log in");
  CHECK(found[1].user_id == R"("ann")");
  CHECK(found[1].data == R"(["\u0000",null,1.5,"ä"])");
  CHECK(found[1].created_at == kNoon + 123456us);
  CHECK(found[0].id > found[1].id);
  CHECK(found[1].id > 0);
}

RTCTL_STORE_TEST("times of activities grow with their ids, even if the clock goes back") {
  const Kind kind;
  const auto store = test::open(kind.options);
  write(*store, [](Tables& tables) {
    tables.add_activity(activity("a", kNoon));
    tables.add_activity(activity("b", kNoon));
  });
  write(*store, [](Tables& tables) { tables.add_activity(activity("c", kNoon - 1h)); });
  std::vector<Activity> found;
  read(*store, [&](Tables& tables) { found = tables.activities_after(0, 50); });
  REQUIRE(found.size() == 3);
  CHECK(found[0].created_at == kNoon);
  CHECK(found[1].created_at == kNoon + 1us);
  CHECK(found[2].created_at == kNoon + 2us);
}

RTCTL_STORE_TEST("paging over activities shows each once") {
  const Kind kind;
  const auto store = test::open(kind.options);
  write(*store, [](Tables& tables) {
    for (int i = 0; i < 120; ++i)
      tables.add_activity(activity(std::to_string(i)));
  });
  std::vector<std::string> types;
  read(*store, [&](Tables& tables) {
    std::int64_t last = 0;
    for (auto page = tables.activities_after(0, 50); !page.empty();
         page = tables.activities_after(last, 50)) {
      CHECK(page.size() <= 50);
      for (const Activity& item : page)
        types.push_back(item.type);
      last = page.back().id;
    }
    CHECK(tables.newest_activities(50).size() == 50);
  });
  REQUIRE(types.size() == 120);
  for (int i = 0; i < 120; ++i)
    CHECK(types[static_cast<std::size_t>(i)] == std::to_string(i));
}

RTCTL_STORE_TEST("a room's log is read from a cursor, and rooms do not mix") {
  const Kind kind;
  const auto store = test::open(kind.options);
  write(*store, [](Tables& tables) {
    const std::int64_t before = tables.last_message_id();
    CHECK(before >= 0);
    tables.add_message(message("tea", "a", R"("one")"));
    CHECK(tables.last_message_id() > before);
    tables.add_message(message("", "a", R"("other room")"));
    tables.add_message(message("tea", "", R"("two \u0000")"));
  });
  read(*store, [](Tables& tables) {
    const auto log = tables.messages_after("tea", 0);
    REQUIRE(log.size() == 2);
    CHECK(log[0].content == R"("one")");
    CHECK(log[0].sender == "a");
    CHECK(log[0].from == "guest");
    CHECK(log[0].created_at == kNoon);
    CHECK(log[1].content == R"("two \u0000")");
    CHECK(log[1].sender.empty());
    CHECK(tables.last_message_id() == log[1].id);
    CHECK(tables.messages_after("tea", log[0].id).size() == 1);
    CHECK(tables.messages_after("tea", log[1].id).empty());
    CHECK(tables.messages_after("coffee", 0).empty());
  });
}

RTCTL_STORE_TEST("trimming a room tells clients what they lost, their own messages left out") {
  const Kind kind;
  const auto store = test::open(kind.options);
  write(*store, [](Tables& tables) {
    tables.put_client(client("tea", "idle"));
    tables.put_client(client("tea", "writer"));
    tables.put_client(client("coffee", "idle"));
    for (int i = 0; i < 10; ++i) {
      tables.add_message(message("tea", i % 2 == 0 ? "writer" : "other", "\"x\""));
    }
    tables.trim_room("tea", 10);
    CHECK(tables.messages_after("tea", 0).size() == 10);
    ChatClient reader = client("tea", "reader");
    reader.cursor = tables.messages_after("tea", 0)[8].id;
    tables.put_client(reader);
    tables.add_message(message("tea", "other", "\"x\""));
    tables.trim_room("tea", 10);  // 11: the newest 5 stay
  });
  read(*store, [](Tables& tables) {
    const auto log = tables.messages_after("tea", 0);
    REQUIRE(log.size() == 5);
    CHECK(tables.find_client("tea", "idle")->dropped == 6);
    CHECK(tables.find_client("tea", "idle")->cursor == log.front().id - 1);
    CHECK(tables.find_client("tea", "writer")->dropped == 3);
    CHECK(tables.find_client("tea", "reader")->dropped == 0);
    CHECK(tables.find_client("tea", "reader")->cursor == log[2].id);
    CHECK(tables.find_client("coffee", "idle")->dropped == 0);
  });
}

RTCTL_STORE_TEST("messages that all have read are forgotten, and ids still grow") {
  const Kind kind;
  const auto store = test::open(kind.options);
  std::int64_t last = 0;
  write(*store, [&](Tables& tables) {
    for (int i = 0; i < 3; ++i)
      tables.add_message(message("tea", "", "\"x\""));
    tables.add_message(message("empty room", "", "\"x\""));
    tables.add_message(message("tea", "", "\"x\""));
    last = tables.last_message_id();
    ChatClient slow = client("tea", "slow");
    slow.cursor = tables.messages_after("tea", 0)[1].id;
    tables.put_client(slow);
    ChatClient quick = client("tea", "quick");
    quick.cursor = last;
    tables.put_client(quick);
    tables.forget_read_messages();
    CHECK(tables.messages_after("tea", 0).size() == 2);
    CHECK(tables.messages_after("empty room", 0).empty());
    slow.cursor = last;
    tables.put_client(slow);
    tables.forget_read_messages();
    CHECK(tables.last_message_id() == last);
    tables.add_message(message("tea", "", "\"x\""));
    CHECK(tables.last_message_id() > last);
    CHECK(tables.messages_after("tea", last).size() == 1);
  });
}

RTCTL_STORE_TEST("clients are kept by room and id, and forgotten by age and number") {
  const Kind kind;
  const auto store = test::open(kind.options);
  write(*store, [](Tables& tables) {
    CHECK(!tables.find_client("", "a"));
    CHECK(!tables.has_client_besides("", "a"));
    tables.put_client({"", "a", 7, 2, kNoon + 1us});
    CHECK(!tables.has_client_besides("", "a"));
    tables.put_client({"", "a", 8, 0, kNoon + 2s});
    tables.put_client(client("", "b", kNoon + 1s));
    tables.put_client(client("tea", "a", kNoon + 3s));
    tables.put_client(client("tea", "c", kNoon));
    CHECK(tables.has_client_besides("", "a"));
    CHECK(tables.count_clients() == 4);
    CHECK(tables.count_ids_seen_since(kNoon) == 3);
    CHECK(tables.count_ids_seen_since(kNoon + 1s) == 2);
    CHECK(tables.count_ids_seen_since(kNoon + 3s + 1us) == 0);
    tables.forget_clients_unseen_since(kNoon + 1s);
    CHECK(!tables.find_client("tea", "c"));
    REQUIRE(tables.find_client("", "a"));
    CHECK(tables.find_client("", "a")->cursor == 8);
    CHECK(tables.find_client("", "a")->dropped == 0);
    CHECK(tables.find_client("", "a")->seen_at == kNoon + 2s);
    tables.forget_oldest_clients(1);
    CHECK(tables.count_clients() == 2);
    CHECK(!tables.find_client("", "b"));
  });
}

RTCTL_STORE_TEST("answers are found by key until they are too old or too many") {
  const Kind kind;
  const auto store = test::open(kind.options);
  write(*store, [](Tables& tables) {
    CHECK(!tables.find_answer("k1"));
    tables.put_answer("k1", {"print", 202, "application/json", R"({"id":1})", kNoon});
    for (int i = 2; i < 6; ++i) {
      tables.put_answer("k" + std::to_string(i), {"p", 200, "text/plain", "OK", kNoon + i * 1s});
    }
    const auto answer = tables.find_answer("k1");
    REQUIRE(answer);
    CHECK(answer->fingerprint == "print");
    CHECK(answer->status == 202);
    CHECK(answer->content_type == "application/json");
    CHECK(answer->body == R"({"id":1})");
    CHECK(answer->given_at == kNoon);
    tables.put_answer("k1", {"again", 200, "text/plain", "OK", kNoon + 9s});
    tables.forget_answers_before(kNoon + 3s, 100);
    CHECK(!tables.find_answer("k2"));
    CHECK(tables.find_answer("k3"));
    REQUIRE(tables.find_answer("k1"));
    CHECK(tables.find_answer("k1")->fingerprint == "again");
    tables.forget_answers_before(kNoon, 2);
    CHECK(!tables.find_answer("k4"));
    CHECK(tables.find_answer("k5"));
    CHECK(tables.find_answer("k1"));
  });
}

RTCTL_STORE_TEST("each server has one sample") {
  const Kind kind;
  const auto store = test::open(kind.options);
  write(*store, [](Tables& tables) {
    tables.put_sample({"one", kNoon, kNoon + 1s, 3, 5'000'000'000});
    tables.put_sample({"two", kNoon, kNoon + 9s, 4, 6});
    tables.put_sample({"one", kNoon, kNoon + 2s, 7, 8'000'000'000});
    REQUIRE(tables.samples().size() == 2);
    tables.forget_samples_before(kNoon + 5s);
    REQUIRE(tables.samples().size() == 1);
    CHECK(tables.samples()[0].server == "two");
    CHECK(tables.samples()[0].memory_bytes == 6);
    CHECK(tables.samples()[0].sampled_at == kNoon + 9s);
  });
}

RTCTL_STORE_TEST("what was written is there when it is opened again") {
  const Kind kind;
  if (!Kind::kLasts) return;
  std::int64_t last = 0;
  {
    const auto store = test::open(kind.options);
    write(*store, [&](Tables& tables) {
      tables.add_setting("secret", "s3");
      tables.add_activity(activity("a"));
      tables.add_message(message("tea", "a", "\"hi\""));
      tables.put_client({"tea", "a", 5, 1, kNoon});
      tables.put_answer("k", {"p", 200, "text/plain", "OK", kNoon});
      last = tables.last_message_id();
    });
  }
  const auto store = test::open(kind.options);
  read(*store, [&](Tables& tables) {
    CHECK(tables.setting("secret") == "s3");
    CHECK(!tables.setting("another"));
    CHECK(tables.newest_activities(1).size() == 1);
    CHECK(tables.last_message_id() == last);
    CHECK(tables.find_client("tea", "a")->cursor == 5);
    CHECK(tables.find_answer("k")->body == "OK");
  });
}

RTCTL_STORE_TEST("writers exclude each other while readers go on") {
  const Kind kind;
  const auto store = test::open(kind.options);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 3; ++thread) {
    threads.emplace_back([&store] {
      for (int i = 0; i < 20; ++i) {
        const auto written = store->write([](Tables& tables) {
          const auto newest = tables.newest_activities(1);
          const int next = newest.empty() ? 0 : std::stoi(newest[0].type) + 1;
          tables.add_activity(activity(std::to_string(next)));
        });
        CHECK(written.has_value());
        CHECK(store->read([](Tables& tables) { tables.newest_activities(1); }).has_value());
      }
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  read(*store, [](Tables& tables) { CHECK(tables.newest_activities(1)[0].type == "59"); });
}

}  // namespace
}  // namespace rtctl::server
