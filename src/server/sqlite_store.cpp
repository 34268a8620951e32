// SQLite: one file, one server. WAL, so that readers and the one writer do not wait for each other.
#include <fcntl.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "server/sql_store.hpp"

namespace rtctl::server {
namespace {

/// An exclusive lock on a file beside the database, with the holder's process id in it. The kernel
/// lets go of it whatever way the process ends.
class FileLock {
 public:
  static Result<std::shared_ptr<FileLock>> take(const std::string& path);
  explicit FileLock(int fd) : fd_(fd) {}
  ~FileLock() { close(fd_); }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int fd_;
};

std::string holder_of(int fd) {
  std::array<char, 32> text{};
  const auto size = pread(fd, text.data(), text.size(), 0);
  if (size <= 0) return "another process";
  std::string pid(text.data(), static_cast<std::size_t>(size));
  return "process " + pid.substr(0, pid.find('\n'));
}

Result<std::shared_ptr<FileLock>> FileLock::take(const std::string& path) {
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) {
    return fail(ErrorKind::system, "cannot open " + path + ": " + std::strerror(errno));
  }
  auto lock = std::make_shared<FileLock>(fd);
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    return usage_error("store " + path.substr(0, path.rfind(".lock")) + " is held by " +
                       holder_of(fd) + "; one server at a time");
  }
  const std::string pid = std::to_string(getpid()) + "\n";
  if (ftruncate(fd, 0) != 0 || pwrite(fd, pid.data(), pid.size(), 0) < 0) {
    return fail(ErrorKind::system, "cannot write " + path + ": " + std::strerror(errno));
  }
  return lock;
}

// SQLite would make the file as open as the umask lets it, and the ids in it open inboxes. The
// files beside it take its mode.
void create_private(const std::string& path) {
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd >= 0) close(fd);  // what is wrong with the path SQLite will tell
}

void configure(soci::session& session) {
  std::string mode;
  session << "PRAGMA journal_mode = WAL", soci::into(mode);
  session << "PRAGMA synchronous = FULL";  // an acknowledged activity outlives a power cut
}

}  // namespace

Result<std::unique_ptr<Store>> make_sqlite_store(const std::string& path, int connections) {
  if (path.find_first_of("\"'") != std::string::npos) {
    return usage_error("store path " + path + " has a quote in it; SOCI cannot open such a path");
  }
  auto lock = FileLock::take(path + ".lock");
  if (!lock) return tl::unexpected(lock.error());
  create_private(path);
  SqlBackend backend{
      .dialect = Dialect::sqlite,
      .factory = soci::factory_sqlite3(),
      .connection = "db=\"" + path + "\" timeout=5",
      .name = "sqlite:" + path,
      .begin_read = {"BEGIN"},
      .begin_write =
          {"BEGIN IMMEDIATE"},  // reading first and writing then could deadlock otherwise
      .on_connect = configure,
      // The function keeps the lock as long as the store lives.
      .before_write = [held = *lock](soci::session&) -> Result<void> { return {}; },
  };
  return make_sql_store(std::move(backend), {.connections = connections});
}

}  // namespace rtctl::server
