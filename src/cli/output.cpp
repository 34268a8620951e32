#include "cli/output.hpp"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>

#include "cli/standard_descriptors.hpp"

namespace rtctl::cli {
namespace {

constexpr std::size_t kFullBytes = std::size_t{1} << 20;  // a guess: what a slow reader may lag

/// Whether one write of at most PIPE_BUF bytes will not block.
bool is_writable_now() {
  pollfd query{.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0};
  return ::poll(&query, 1, 0) > 0;
}

bool is_regular_file() {
  struct stat status {};
  return ::fstat(STDOUT_FILENO, &status) == 0 && S_ISREG(status.st_mode);
}

}  // namespace

Output::Output(AsioLoop& loop, OutputOwner& owner)
    : loop_(&loop), owner_(&owner), alive_(std::make_shared<bool>(true)) {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a file size limit is an error like a full disk
  if (was_stdout_closed()) {
    state_ = State::closed;
    loop.post([this, alive = std::weak_ptr<bool>(alive_)] {
      if (!alive.expired()) owner_->on_output_closed();
    });
    return;
  }
  is_file_ = is_regular_file();
  if (is_file_) return;
  auto poller = make_poller(loop);
  if (!poller) return;
  poller_ = std::move(*poller);
  // Nothing is asked for: errors and hang-ups are reported always. What cannot be watched
  // (/dev/null) does not hang up either.
  if (!poller_->add(STDOUT_FILENO, 0, *this)) poller_.reset();
}

Output::~Output() {
  if (poller_ && state_ == State::usable) poller_->remove(STDOUT_FILENO, *this);
}

void Output::commit() {
  if (state_ != State::usable) {
    pending_.clear();
    return;
  }
  const bool is_full = pending_.size() - written_ > kFullBytes;
  if (is_full && !is_full_) owner_->on_output_full(is_full_ = true);
  if (is_flush_posted_ || is_waiting_) return;
  is_flush_posted_ = true;
  loop_->post([this, alive = std::weak_ptr<bool>(alive_)] {
    if (alive.expired()) return;
    is_flush_posted_ = false;
    flush();
  });
}

void Output::flush() {
  if (state_ != State::usable || !write_some(false)) return;
  const bool is_done = pending_.empty();
  if (is_done == is_waiting_) watch(is_done ? 0 : std::uint32_t{EPOLLOUT});
  if (is_full_ && is_done) owner_->on_output_full(is_full_ = false);
  if (is_done) owner_->on_output_written();
}

/// Writes what can be written. False when standard output is of no more use.
bool Output::write_some(bool may_block) {
  while (written_ < pending_.size()) {
    const bool is_free = may_block || is_file_ || !poller_;
    if (!is_free && !is_writable_now()) return true;
    const std::size_t left = pending_.size() - written_;
    const std::size_t size = is_free ? left : std::min<std::size_t>(left, PIPE_BUF);
    const ssize_t done = ::write(STDOUT_FILENO, pending_.data() + written_, size);
    if (done >= 0) {
      written_ += static_cast<std::size_t>(done);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      if (!may_block) return true;
      pollfd query{.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0};
      ::poll(&query, 1, -1);
    } else if (errno != EINTR) {
      const bool is_gone = errno == EPIPE || errno == EBADF || errno == ECONNRESET;
      leave(is_gone ? State::closed : State::failed, std::strerror(errno));
      return false;
    }
  }
  pending_.clear();
  written_ = 0;
  return true;
}

void Output::watch(std::uint32_t events) {
  if (!poller_ || state_ != State::usable) return;
  is_waiting_ = events != 0;
  (void)poller_->modify(STDOUT_FILENO, events, *this);
}

void Output::on_ready(std::uint32_t events) {
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) return leave(State::closed, {});
  flush();
}

void Output::leave(State state, const std::string& message) {
  state_ = state;
  pending_.clear();
  written_ = 0;
  // The poller itself stays: this may be inside its callback.
  if (poller_) poller_->remove(STDOUT_FILENO, *this);
  if (state == State::closed) return owner_->on_output_closed();
  owner_->on_output_failed("cannot write to standard output: " + message);
}

bool Output::finish() {
  return state_ == State::usable && write_some(true);
}

}  // namespace rtctl::cli
