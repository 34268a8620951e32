#include "server/state_place.hpp"

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace rtctl::server {
namespace {

constexpr std::string_view kSqlite = "sqlite:";

/// XDG Base Directory Specification: state that should outlive restarts.
std::string user_state_directory() {
  if (const char* state = std::getenv("XDG_STATE_HOME"); state != nullptr && *state == '/')
    return std::string(state) + "/rtctl";
  if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/')
    return std::string(home) + "/.local/state/rtctl";
  return {};
}

Result<void> make_directory(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (!error) return {};
  return usage_error("cannot make the directory " + path + ": " + error.message());
}

}  // namespace

Result<std::string> make_state_directory(const ServerOptions& options) {
  if (options.ephemeral || (options.store == "memory" && options.state_dir.empty())) return {};
  std::string directory = options.state_dir;
  if (directory.empty() && options.store.starts_with(kSqlite))
    directory = options.store.substr(kSqlite.size()) + ".events";
  if (directory.empty()) directory = user_state_directory();
  if (directory.empty())
    return usage_error("there is no HOME to keep state in; give --state-dir DIR or --ephemeral");
  if (const auto made = make_directory(directory); !made) return tl::unexpected(made.error());
  return directory;
}

}  // namespace rtctl::server
