#include "base/file.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <string>

namespace rtctl {
namespace {

namespace fs = std::filesystem;

/// An empty folder that goes with the test.
class Folder {
 public:
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "rtctl-file-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { fs::remove_all(path_); }

  std::string operator/(const char* name) const { return path_ + "/" + name; }
  std::size_t count() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(path_), {}));
  }

 private:
  std::string path_;
};

std::string content_of(const std::string& path) {
  return read_file(path, 1000).value_or("unreadable");
}

TEST_CASE("replace_file: the new content takes the place of the old, and nothing is left beside") {
  const Folder folder;
  CHECK(replace_file(folder / "a", "old"));
  CHECK(replace_file(folder / "a", "new"));
  CHECK(content_of(folder / "a") == "new");
  CHECK(folder.count() == 1);
}

TEST_CASE("replace_file: permissions stay") {
  const Folder folder;
  REQUIRE(replace_file(folder / "a", "old"));
  fs::permissions(folder / "a", fs::perms::owner_read | fs::perms::owner_write);
  CHECK(replace_file(folder / "a", "new"));
  CHECK(fs::status(folder / "a").permissions() == (fs::perms::owner_read | fs::perms::owner_write));
}

TEST_CASE("replace_file: a symbolic link stays, its target is replaced") {
  const Folder folder;
  REQUIRE(replace_file(folder / "target", "old"));
  fs::create_symlink("target", folder / "link");
  CHECK(replace_file(folder / "link", "new"));
  CHECK(fs::is_symlink(folder / "link"));
  CHECK(content_of(folder / "target") == "new");
}

TEST_CASE("replace_file: a device or pipe is written to and stays what it is") {
  const Folder folder;
  fs::create_symlink("/dev/full", folder / "full");
  const auto written = replace_file(folder / "full", "x");
  REQUIRE_FALSE(written);
  CHECK(written.error().message.find("No space left on device") != std::string::npos);
  CHECK(fs::is_character_file(folder / "full"));

  std::array<int, 2> ends{};
  REQUIRE(pipe(ends.data()) == 0);
  CHECK(replace_file("/dev/fd/" + std::to_string(ends[1]), "through"));
  std::array<char, 16> got{};
  CHECK(read(ends[0], got.data(), got.size()) == 7);
  CHECK(std::string(got.data()) == "through");
  close(ends[0]);
  close(ends[1]);
}

TEST_CASE("replace_file: a folder is not replaced, and no neighbour stays behind") {
  const Folder folder;
  fs::create_directory(folder / "a");
  CHECK_FALSE(replace_file(folder / "a", "x"));
  CHECK(folder.count() == 1);
}

}  // namespace
}  // namespace rtctl
