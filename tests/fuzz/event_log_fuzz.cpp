// A log file of any content: opening it never fails on what is in it, and what it shows is whole.
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "server/event_log.hpp"

using namespace rtctl::server;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::string kDirectory = [] {
    std::string name = "/tmp/rtctl-fuzz-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) std::abort();
    return name;
  }();
  // A log with three events, whose first bytes behind the header are then overwritten.
  std::remove((kDirectory + "/events.0").c_str());
  std::remove((kDirectory + "/events.1").c_str());
  {
    auto log = open_event_log({.directory = kDirectory, .history = 4, .bytes_max = 1 << 20});
    if (!log) std::abort();
    for (int i = 0; i < 3; ++i)
      (void)(*log)->append({.topic = "t", .data = std::to_string(i)});
  }
  std::FILE* file = std::fopen((kDirectory + "/events.0").c_str(), "r+b");
  if (file == nullptr) std::abort();
  std::fseek(file, 4096, SEEK_SET);
  std::fwrite(data, 1, size, file);
  std::fclose(file);
  auto log = open_event_log({.directory = kDirectory, .history = 4, .bytes_max = 1 << 20});
  if (!log) std::abort();
  if ((*log)->head() < 3) std::abort();  // three ids were given out
  std::size_t bytes = 0;
  for (std::uint64_t id = (*log)->oldest(); id <= (*log)->head(); ++id) {
    const EventView event = (*log)->read(id);
    bytes += event.topic.size() + event.type.size() + event.data.size();
  }
  const auto next = (*log)->append({.data = "next"});
  if (!next || *next != (*log)->head() || bytes > (4u << 20)) std::abort();
  return 0;
}
