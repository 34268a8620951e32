#include "server/event_log.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>

using namespace rtctl::server;
namespace fs = std::filesystem;

namespace {

struct TemporaryDirectory {
  TemporaryDirectory() {
    std::string name = (fs::temp_directory_path() / "rtctl-log-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~TemporaryDirectory() { fs::remove_all(path); }
  std::string path;
};

std::unique_ptr<EventLog> open_log(const std::string& directory, std::uint64_t history = 1000,
                                   std::uint64_t bytes_max = 4 << 20) {
  auto log = open_event_log({.directory = directory, .history = history, .bytes_max = bytes_max});
  REQUIRE(log);
  return std::move(*log);
}

void append(EventLog& log, int count) {
  for (int i = 0; i < count; ++i) {
    const std::uint64_t next = log.head() + 1;
    const auto id = log.append({.topic = "topic" + std::to_string(next % 3),
                                .type = next % 2 != 0 ? "odd" : "",
                                .data = "data of " + std::to_string(next),
                                .kind = DataKind::text});
    REQUIRE(id);
    REQUIRE(*id == next);
  }
}

void check_content(const EventLog& log) {
  for (std::uint64_t id = log.oldest(); id <= log.head(); ++id) {
    const EventView event = log.read(id);
    CHECK(event.id == id);
    CHECK(event.topic == "topic" + std::to_string(id % 3));
    CHECK(event.type == (id % 2 != 0 ? "odd" : ""));
    CHECK(event.data == "data of " + std::to_string(id));
    CHECK(event.kind == DataKind::text);
  }
}

/// Changes one byte of a file.
void damage(const std::string& path, std::streamoff offset) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(offset);
  const char byte = static_cast<char>(file.get());
  file.seekp(offset);
  file.put(static_cast<char>(byte ^ 0x20));
}

/// Where `text` is in the file.
std::streamoff find_in(const std::string& path, const std::string& text) {
  std::ifstream file(path, std::ios::binary);
  const std::string content((std::istreambuf_iterator<char>(file)), {});
  const std::size_t found = content.find(text);
  REQUIRE(found != std::string::npos);
  return static_cast<std::streamoff>(found);
}

}  // namespace

TEST_CASE("event log: the key of an event's request lies beside it") {
  const TemporaryDirectory directory;
  const std::string key(128, 'k');
  REQUIRE(open_log(directory.path)->append({.topic = "t", .data = "1", .request_key = key}));
  const auto log = open_log(directory.path);
  append(*log, 1);
  CHECK(log->read(1).data == "1");
  CHECK(log->read(1).request_key == key);
  CHECK(log->read(2).request_key.empty());
}

TEST_CASE("event log: its files are no larger than it was told") {
  const TemporaryDirectory directory;
  constexpr std::uint64_t kBytes = 100'000;
  const auto log = open_log(directory.path, 1'000'000, kBytes);
  append(*log, 5000);
  const auto size =
      fs::file_size(directory.path + "/events.0") + fs::file_size(directory.path + "/events.1");
  CHECK(size <= kBytes + 10'000);  // a page and an empty record each
  CHECK(log->head() - log->oldest() > 500);
}

TEST_CASE("event log: an event that can never fit costs nothing of the history") {
  const auto log = open_log("", 1000, 20'000);
  append(*log, 100);
  const std::uint64_t oldest = log->oldest();
  for (int i = 0; i < 3; ++i) {
    const auto refused = log->append({.data = std::string(11'000, 'x')});
    REQUIRE(!refused);
    CHECK(refused.error().kind == rtctl::ErrorKind::usage);
    CHECK(refused.error().message == "the event is larger than half of --history-size");
  }
  CHECK(log->oldest() == oldest);
  CHECK(log->head() == 100);
  check_content(*log);
}

TEST_CASE("event log: ids begin at 1 and an empty log holds nothing") {
  const auto log = open_log("");
  CHECK(log->head() == 0);
  CHECK(log->oldest() == 1);
  append(*log, 1);
  CHECK(log->head() == 1);
  CHECK(log->oldest() == 1);
}

TEST_CASE("event log: holds at least the history and never twice as much") {
  const auto log = open_log("", 100);
  for (int i = 0; i < 1000; ++i) {
    append(*log, 1);
    const std::uint64_t held = log->head() - log->oldest() + 1;
    CHECK(held >= std::min<std::uint64_t>(log->head(), 100));
    CHECK(held <= 200);
  }
  check_content(*log);
}

TEST_CASE("event log: bytes bound the history as well") {
  const auto log = open_log("", 1'000'000, 64 << 10);
  for (int i = 0; i < 500; ++i)
    REQUIRE(log->append({.data = std::string(1000, 'x')}));
  CHECK(log->head() == 500);
  const std::uint64_t held = log->head() - log->oldest() + 1;
  CHECK(held <= 64);
  CHECK(held >= 31);
}

TEST_CASE("event log: an event larger than the log is refused and uses no id") {
  const auto log = open_log("", 1000, 64 << 10);
  append(*log, 1);
  CHECK_FALSE(log->append({.data = std::string(40 << 10, 'x')}));
  append(*log, 1);
  CHECK(log->head() == 2);
}

TEST_CASE("event log: content and ids survive being opened again, at any length") {
  const TemporaryDirectory directory;
  std::uint64_t expected = 0;
  for (int round = 0; round < 25; ++round) {
    const auto log = open_log(directory.path, 20);
    CAPTURE(round);
    CHECK(log->head() == expected);
    CHECK(log->head() - log->oldest() + 1 >= std::min<std::uint64_t>(expected, 20));
    check_content(*log);
    append(*log, round);
    expected += static_cast<std::uint64_t>(round);
  }
}

TEST_CASE("event log: a record that was not finished was never there") {
  const TemporaryDirectory directory;
  {
    const auto log = open_log(directory.path);
    append(*log, 10);
  }
  // What a process killed in the middle of an append leaves: payload, but no length.
  const std::string path = directory.path + "/events.0";
  const std::streamoff payload = find_in(path, "data of 10");
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(payload - 6 - 24);  // topic and record header lie before the data
    file.write("\0\0\0\0", 4);
    file.seekp(8);
    const std::uint64_t next_id = 10;
    file.write(reinterpret_cast<const char*>(&next_id), sizeof next_id);
  }
  const auto log = open_log(directory.path);
  CHECK(log->head() == 9);
  CHECK(log->oldest() == 1);
  append(*log, 5);
  check_content(*log);
}

TEST_CASE("event log: after damage no id is given twice and nothing torn is shown") {
  const TemporaryDirectory directory;
  {
    const auto log = open_log(directory.path);
    append(*log, 10);
  }
  damage(directory.path + "/events.0", find_in(directory.path + "/events.0", "data of 7"));
  const auto log = open_log(directory.path);
  CHECK(log->head() == 10);
  // Events 7 to 10 are lost, so a client that has seen 5 must be told: 1 to 6 are not shown either.
  CHECK(log->oldest() == 11);
  append(*log, 3);
  CHECK(log->head() == 13);
  check_content(*log);
}

TEST_CASE("event log: a file of something else is begun anew") {
  const TemporaryDirectory directory;
  std::ofstream(directory.path + "/events.0") << std::string(10'000, 'z');
  std::ofstream(directory.path + "/events.1") << "short";
  const auto log = open_log(directory.path);
  CHECK(log->head() == 0);
  append(*log, 3);
  check_content(*log);
}

TEST_CASE("event log: a full disk is an error, nothing is lost and it recovers") {
  const TemporaryDirectory directory;
  const auto log = open_log(directory.path, 1'000'000, 64 << 20);
  append(*log, 1);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = 2 << 20;  // what the process may write to one file: as a full disk would end it
  setrlimit(RLIMIT_FSIZE, &small);
  std::uint64_t appended = 1;
  bool failed = false;
  for (int i = 0; i < 100 && !failed; ++i) {
    failed = !log->append({.data = std::string(64 << 10, 'x')});
    appended += failed ? 0 : 1;
  }
  setrlimit(RLIMIT_FSIZE, &before);
  CHECK(failed);
  CHECK(log->head() == appended);
  CHECK(log->read(1).data == "data of 1");
  REQUIRE(log->append({.data = "again"}));
  CHECK(log->head() == appended + 1);
}
