#include "cli/server_under_test.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <thread>
#include <vector>

#include "base/random.hpp"
#include "client/request.hpp"
#include "net/curl_transport.hpp"

namespace rtctl::cli {
namespace {

using namespace std::chrono_literals;

constexpr Duration kLook = 20ms;        // how often the loop looks whether the server is ready
constexpr Duration kReadyWithin = 60s;  // a guess with room for servers that migrate or compile
constexpr Duration kStopWithin = 10s;   // twice the reference server's own --drain
constexpr std::size_t kSaidBytesMax = 2000;  // of the child's last words in an error message

std::vector<std::string> arguments_of(const ServerUnderTestOptions& options) {
  if (!options.is_reference()) return {"/bin/sh", "-c", options.command};
  return {"/proc/self/exe", "serve", "--listen", "127.0.0.1:0", "--rate-limit", "0", "--ephemeral"};
}

/// Between fork and exec only what is safe there: no allocation, no locks.
[[noreturn]] void become(char* const* arguments, int output, pid_t parent) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(127);  // the parent was gone before that took effect
  signal(SIGPIPE, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  execv(arguments[0], arguments);
  _exit(127);
}

class Child final : public ServerUnderTest, client::RequestObserver {
 public:
  Child(AsioLoop& loop, ServerUnderTestOptions options, pid_t pid, int output, Ready ready)
      : loop_(&loop),
        options_(std::move(options)),
        pid_(pid),
        output_(output),
        ready_(std::move(ready)),
        give_up_at_(loop.now() + kReadyWithin),
        transport_(net::make_curl_transport(loop)),
        environment_{loop, *transport_, random_} {
    if (!options_.wait_for.empty()) {
      request_options_.request_timeout = 2s;
      client::RequestObserver& observer = *this;  // a private base, which make_unique could not use
      client_ = std::make_unique<client::RequestClient>(environment_, request_options_, observer);
      request_.url = options_.wait_for;
    }
    look_again();
  }

  ~Child() override {
    timer_.cancel();
    client_.reset();
    stop();
    close(output_);
  }

  void ask_to_end() override { kill(-pid_, SIGTERM); }

 private:
  void look_again() {
    timer_ = loop_->after(kLook, [this] { look(); });
  }

  void look() {
    if (has_ended()) return tell(fail(ErrorKind::target, ended_message()));
    if (loop_->now() > give_up_at_)
      return tell(fail(ErrorKind::target,
                       fmt::format("the server was not ready within {} s", kReadyWithin / 1s)));
    if (options_.is_reference() && url_.empty() && !find_url()) return look_again();
    if (client_) return client_->start(request_);
    tell(url_);
  }

  void on_response(const client::Response& response) override {
    const bool is_up = response.failure == client::Failure::none && response.status < 500;
    if (is_up) return tell(url_);
    look_again();
  }

  /// The reference server says where it listens.
  bool find_url() {
    constexpr std::string_view kWord = "listening on ";
    const std::string said = said_so_far();
    const auto begin = said.find(kWord);
    if (begin == std::string::npos) return false;
    const auto end = said.find('\n', begin);
    if (end == std::string::npos) return false;
    url_ = said.substr(begin + kWord.size(), end - begin - kWord.size());
    url_ = url_.substr(0, url_.find(' '));
    while (url_.ends_with('/'))
      url_.pop_back();
    return true;
  }

  std::string said_so_far() const {
    std::string text(kSaidBytesMax, '\0');
    const ssize_t got = pread(output_, text.data(), text.size(), 0);
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
  }

  std::string ended_message() const {
    const int code = WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
    std::string said = said_so_far();
    while (said.ends_with('\n'))
      said.pop_back();
    return fmt::format("the server ended with exit code {} before it was ready{}{}", code,
                       said.empty() ? "" : ":\n", said);
  }

  void tell(Result<std::string> result) {
    timer_.cancel();
    if (const auto ready = std::exchange(ready_, nullptr)) ready(std::move(result));
  }

  bool has_ended() {
    if (!is_reaped_) is_reaped_ = waitpid(pid_, &status_, WNOHANG) == pid_;
    return is_reaped_;
  }

  /// Blocks: the loop has nothing left to do by then. A shell may be gone before the server that it
  /// started, so the whole group is waited for.
  void stop() {
    ask_to_end();
    for (Duration waited{}; waited < kStopWithin; waited += kLook) {
      if (has_group_ended()) return;
      std::this_thread::sleep_for(kLook);
    }
    kill(-pid_, SIGKILL);
    while (waitpid(-pid_, nullptr, 0) > 0) {
    }
  }

  bool has_group_ended() const {
    pid_t ended = 0;
    do {
      ended = waitpid(-pid_, nullptr, WNOHANG);
    } while (ended > 0);
    return ended < 0;
  }

  AsioLoop* loop_;
  ServerUnderTestOptions options_;
  pid_t pid_;
  int output_;
  Ready ready_;
  TimePoint give_up_at_;
  std::string url_;
  int status_ = 0;
  bool is_reaped_ = false;
  Random random_ = make_random(0, 0);
  std::unique_ptr<net::Transport> transport_;
  client::Environment environment_;
  client::RequestOptions request_options_;
  net::Request request_;
  std::unique_ptr<client::RequestClient> client_;
  Timer timer_;
};

}  // namespace

Result<std::unique_ptr<ServerUnderTest>> start_server_under_test(
    AsioLoop& loop, const ServerUnderTestOptions& options, ServerUnderTest::Ready ready) {
  // What the child says goes into memory: nobody has to keep reading, and it can be quoted.
  const int output = memfd_create("server-under-test", MFD_CLOEXEC);
  if (output < 0)
    return fail(ErrorKind::system, fmt::format("memfd_create: {}", std::strerror(errno)));
  std::vector<std::string> arguments = arguments_of(options);
  std::vector<char*> pointers;
  for (std::string& argument : arguments)
    pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  // Whose parent has ended becomes a child of ours, so that its end can be waited for.
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) become(pointers.data(), output, parent);
  if (pid < 0) {
    close(output);
    return fail(ErrorKind::system, fmt::format("fork: {}", std::strerror(errno)));
  }
  setpgid(pid,
          pid);  // here as well: whoever comes first, the group is there before it is signalled
  return std::make_unique<Child>(loop, options, pid, output, std::move(ready));
}

}  // namespace rtctl::cli
