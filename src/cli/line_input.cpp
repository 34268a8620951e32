#include "cli/line_input.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <clocale>

#include "cli/terminal.hpp"

namespace rtctl::cli {
namespace {

constexpr std::size_t kLineBytesMax = std::size_t{1} << 20;  // longer ones are cut into pieces

}  // namespace

LineInput::LineInput(AsioLoop& loop, Output& output, LineInputOwner& owner)
    : loop_(&loop), output_(&output), owner_(&owner) {
  if (::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1) start_editing();
  auto poller = make_poller(loop);
  if (poller && (*poller)->add(STDIN_FILENO, EPOLLIN, *this)) {
    poller_ = std::move(*poller);
  } else {
    next_read_ = loop.after({}, [this] { read_file(); });
  }
}

LineInput::~LineInput() {
  if (poller_ && !is_ended_ && !is_paused_) poller_->remove(STDIN_FILENO, *this);
  if (editor_) output_->write(LineEditor::erase());
  if (modes_before_) ::tcsetattr(STDIN_FILENO, TCSANOW, &*modes_before_);
}

void LineInput::start_editing() {
  std::setlocale(LC_CTYPE, "C.UTF-8");  // how wide characters are
  termios modes{};
  if (::tcgetattr(STDIN_FILENO, &modes) != 0) return;
  modes_before_ = modes;
  // Signals stay (Ctrl-C), but no stopping: a stopped program could not put the modes back.
  modes.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  modes.c_cc[VSUSP] = _POSIX_VDISABLE;
  modes.c_cc[VMIN] = 1;
  modes.c_cc[VTIME] = 0;
  ::tcsetattr(STDIN_FILENO, TCSANOW, &modes);
  editor_.emplace("> ", terminal_columns(Stream::out));
  editor_->on_line = [this](std::string line) { owner_->on_line(std::move(line)); };
  editor_->on_end = [this] { end(); };
  output_->write(editor_->draw());
}

void LineInput::print(std::string_view lines) {
  if (editor_) editor_->set_columns(terminal_columns(Stream::out));
  output_->write(editor_ ? editor_->above(lines) : std::string(lines));
}

void LineInput::pause() {
  if (is_paused_ || is_ended_) return;
  is_paused_ = true;
  next_read_.cancel();
  if (poller_) poller_->remove(STDIN_FILENO, *this);
}

void LineInput::resume() {
  if (!is_paused_ || is_ended_) return;
  is_paused_ = false;
  if (!poller_) {
    next_read_ = loop_->after({}, [this] { read_file(); });
  } else if (!poller_->add(STDIN_FILENO, EPOLLIN, *this)) {
    end();
  }
}

void LineInput::on_ready(std::uint32_t /*events*/) {
  std::array<char, 4096> buffer{};
  const ssize_t count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (count <= 0) return end();
  take({buffer.data(), static_cast<std::size_t>(count)});
}

void LineInput::read_file() {
  on_ready(EPOLLIN);
  if (!is_ended_ && !is_paused_) next_read_ = loop_->after({}, [this] { read_file(); });
}

void LineInput::take(std::string_view bytes) {
  if (editor_) return output_->write(editor_->feed(bytes));
  partial_.append(bytes);
  std::size_t from = 0;
  for (auto at = partial_.find('\n'); at != std::string::npos; at = partial_.find('\n', from)) {
    std::string line = partial_.substr(from, at - from);
    if (line.ends_with('\r')) line.pop_back();
    from = at + 1;
    owner_->on_line(std::move(line));
  }
  partial_.erase(0, from);
  if (partial_.size() > kLineBytesMax) owner_->on_line(std::exchange(partial_, {}));
}

void LineInput::end() {
  if (is_ended_) return;
  if (poller_ && !is_paused_) poller_->remove(STDIN_FILENO, *this);
  is_ended_ = true;
  if (!partial_.empty()) owner_->on_line(std::exchange(partial_, {}));
  owner_->on_input_end();
}

}  // namespace rtctl::cli
