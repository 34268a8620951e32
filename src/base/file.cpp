#include "base/file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <optional>

namespace rtctl {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ > STDIN_FILENO) close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

tl::unexpected<Error> system_error(std::string_view what, const std::string& path) {
  return fail(ErrorKind::system, fmt::format("cannot {} {}: {}", what, path, std::strerror(errno)));
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

/// A rename is on disk only when its directory is; an error here changes nothing that can be
/// mended.
void sync_directory_of(const std::string& path) {
  const Descriptor fd(open(directory_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() >= 0) fsync(fd.get());
}

/// `mode`: the permissions the file shall have; those of a new one when unset.
bool fill(int fd, std::string_view content, std::optional<mode_t> mode) {
  return (!mode || fchmod(fd, *mode) == 0) && write_all(fd, content) && fsync(fd) == 0;
}

/// Makes the file without a name and gives it one when it is whole, so that a process that is
/// killed leaves nothing behind. False where the file system cannot do that, or writing failed.
bool make_unnamed_first(const std::string& path, std::string_view content,
                        std::optional<mode_t> mode) {
  const Descriptor fd(open(directory_of(path).c_str(), O_WRONLY | O_TMPFILE | O_CLOEXEC, 0666));
  if (fd.get() < 0 || !fill(fd.get(), content, mode)) return false;
  const std::string open_file = fmt::format("/proc/self/fd/{}", fd.get());
  return linkat(AT_FDCWD, open_file.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) == 0;
}

/// Devices and pipes (/dev/stdout, /dev/null) cannot be replaced, only written to.
Result<void> write_in_place(const std::string& path, std::string_view content) {
  const Descriptor fd(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (fd.get() < 0) return system_error("open", path);
  if (!write_all(fd.get(), content)) return system_error("write", path);
  return {};
}

/// Where the new content waits until it is whole.
std::string neighbour_of(const std::string& path) {
  return fmt::format("{}.{}.tmp", path, getpid());
}

int create(const std::string& path) {
  return open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
}

/// What a link leads to; the path itself where there is nothing yet.
std::string target_of(const std::string& path) {
  std::error_code error;
  const auto target = std::filesystem::canonical(path, error);
  return error ? path : target.string();
}

/// `mode`: of the file that is replaced.
Result<void> replace_regular(const std::string& path, std::string_view content,
                             std::optional<mode_t> mode) {
  const std::string neighbour = neighbour_of(path);
  if (!make_unnamed_first(neighbour, content, mode)) {
    const Descriptor fd(create(neighbour));
    if (fd.get() < 0) return system_error("create", neighbour);
    if (!fill(fd.get(), content, mode)) {
      const auto error = system_error("write", path);
      unlink(neighbour.c_str());
      return error;
    }
  }
  if (rename(neighbour.c_str(), path.c_str()) != 0) {
    const auto error = system_error("replace", path);
    unlink(neighbour.c_str());
    return error;
  }
  sync_directory_of(path);
  return {};
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::uint64_t bytes_max) {
  const Descriptor fd(path == "-" ? STDIN_FILENO : open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) {
    return usage_error(fmt::format("cannot read {}: {}", path, std::strerror(errno)));
  }
  std::string content;
  std::array<char, 65536> buffer;
  for (;;) {
    const ssize_t got = read(fd.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return usage_error(fmt::format("cannot read {}: {}", path, std::strerror(errno)));
    if (got == 0) return content;
    content.append(buffer.data(), static_cast<std::size_t>(got));
    if (content.size() > bytes_max) {
      return usage_error(fmt::format("{} is larger than {} bytes", path, bytes_max));
    }
  }
}

Result<void> check_replaceable(const std::string& path) {
  const auto wrong = [&] {
    return usage_error(fmt::format("cannot write {}: {}", path, std::strerror(errno)));
  };
  struct stat there {};
  const bool is_there = stat(path.c_str(), &there) == 0;
  if (is_there && !S_ISREG(there.st_mode)) {
    // Of a pipe only the permission is looked at: opening it would wait for its reader.
    if (S_ISDIR(there.st_mode)) errno = EISDIR;
    if (S_ISDIR(there.st_mode) || access(path.c_str(), W_OK) != 0) return wrong();
    return {};
  }
  const std::string neighbour = neighbour_of(target_of(path));
  if (Descriptor(create(neighbour)).get() < 0) return wrong();
  unlink(neighbour.c_str());
  return {};
}

Result<void> replace_file(const std::string& path, std::string_view content) {
  struct stat there {};
  if (stat(path.c_str(), &there) != 0) return replace_regular(path, content, std::nullopt);
  if (!S_ISREG(there.st_mode) && !S_ISDIR(there.st_mode)) return write_in_place(path, content);
  // A link stays one: what it leads to is replaced.
  return replace_regular(target_of(path), content, there.st_mode & 07777);
}

}  // namespace rtctl
