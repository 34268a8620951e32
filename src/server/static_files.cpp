#include "server/static_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cerrno>
#include <cstring>
#include <map>
#include <string>

#include "base/time_format.hpp"

namespace rtctl::server {
namespace {

constexpr std::string_view kPrefix = "/static/";
constexpr off_t kFileMax = off_t{16} << 20;  // a file is read whole; larger ones are not served
constexpr int kThreads = 2;

std::string_view content_type(std::string_view path) {
  static const std::map<std::string_view, std::string_view> kTypes{
      {"html", "text/html; charset=utf-8"},
      {"css", "text/css; charset=utf-8"},
      {"js", "text/javascript; charset=utf-8"},
      {"mjs", "text/javascript; charset=utf-8"},
      {"json", "application/json"},
      {"txt", "text/plain; charset=utf-8"},
      {"svg", "image/svg+xml"},
      {"png", "image/png"},
      {"jpg", "image/jpeg"},
      {"ico", "image/x-icon"},
      {"wasm", "application/wasm"}};
  const std::size_t dot = path.rfind('.');
  const auto found = kTypes.find(dot == std::string_view::npos ? "" : path.substr(dot + 1));
  return found == kTypes.end() ? "application/octet-stream" : found->second;
}

/// A path below the folder, without "..", hidden names, empty parts or backslashes.
bool is_safe(std::string_view path) {
  if (path.empty() || path.find('\\') != std::string_view::npos) return false;
  while (true) {
    const std::size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (part.empty() || part.starts_with('.')) return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

struct FileCloser {
  int fd;
  ~FileCloser() { close(fd); }
};

Response not_found() {
  return problem(404, "there is no such file");
}

Response not_opened(int error) {
  const bool is_forbidden = error == EACCES || error == EPERM || error == ELOOP;
  return is_forbidden ? problem(403, "the server may not read this file, or it is a symbolic link")
                      : not_found();
}

/// Blocks, so it runs on a thread of its own.
Response read_static(int directory, const std::string& path) {
  // O_NOFOLLOW guards the last part; links inside the folder's tree are its owner's choice.
  const int fd = openat(directory, path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0) return not_opened(errno);
  const FileCloser closer{fd};
  struct stat status {};
  if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size > kFileMax)
    return not_found();
  Response response;
  response.body.resize(static_cast<std::size_t>(status.st_size));
  std::size_t got = 0;
  while (got < response.body.size()) {
    const ssize_t count = read(fd, response.body.data() + got, response.body.size() - got);
    if (count <= 0) break;
    got += static_cast<std::size_t>(count);
  }
  response.body.resize(got);
  const WallTime modified{std::chrono::seconds(status.st_mtim.tv_sec)};
  response.fields.set("Content-Type", content_type(path));
  response.fields.set("Cache-Control", "no-cache");
  response.fields.set("X-Content-Type-Options", "nosniff");
  response.fields.set("Last-Modified", format_http_date(modified));
  response.fields.set("ETag", "\"" + std::to_string(status.st_mtim.tv_sec) + "." +
                                  std::to_string(status.st_mtim.tv_nsec) + "-" +
                                  std::to_string(got) + "\"");
  return response;
}

class StaticFiles final : public Endpoint, public Part {
 public:
  StaticFiles(AsioLoop& loop, int directory) : loop_(loop), directory_(directory) {}

  ~StaticFiles() override {
    threads_.join();
    close(directory_);
  }

  void handle(ExchangePtr exchange) override {
    const std::string path = exchange->request().path.substr(kPrefix.size());
    if (!is_safe(path)) return exchange->respond(not_found());
    boost::asio::post(threads_, [this, path, exchange = std::move(exchange)]() mutable {
      // The exchange goes back to the loop with the answer; it belongs there.
      loop_.post(
          [exchange = std::move(exchange), response = read_static(directory_, path)]() mutable {
            exchange->respond(std::move(response));
          });
    });
  }

 private:
  AsioLoop& loop_;
  int directory_;
  boost::asio::thread_pool threads_{kThreads};
};

/// Without --static nothing is added.
class NoFiles final : public Part {};

}  // namespace

Result<std::unique_ptr<Part>> make_static_files(ServerContext& context, Router& router) {
  const std::string& name = context.options.static_dir;
  if (name.empty()) return std::make_unique<NoFiles>();
  const int directory = open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0)
    return usage_error("cannot open the folder " + name + ": " + std::strerror(errno));
  auto files = std::make_unique<StaticFiles>(context.loop, directory);
  router.add(
      {.path = "/static/*", .methods = {"GET"}, .endpoint = files.get(), .metrics_name = "static"});
  return files;
}

}  // namespace rtctl::server
