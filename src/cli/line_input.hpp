// Lines from standard input: typed on a terminal, or out of a pipe or file.
#pragma once

#include <termios.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/asio_loop.hpp"
#include "base/poller.hpp"
#include "cli/line_editor.hpp"
#include "cli/output.hpp"

namespace rtctl::cli {

/// Told on the loop.
class LineInputOwner {
 public:
  virtual void on_line(std::string line) = 0;
  /// The end of the file, or Ctrl-D.
  virtual void on_input_end() = 0;

 protected:
  ~LineInputOwner() = default;
};

/// On a terminal it edits the line itself, so that what comes in meanwhile does not garble it. The
/// terminal's modes are put back when it is destroyed. Belongs to one loop.
class LineInput final : Watcher {
 public:
  LineInput(AsioLoop& loop, Output& output, LineInputOwner& owner);
  ~LineInput();
  LineInput(const LineInput&) = delete;
  LineInput& operator=(const LineInput&) = delete;

  /// Prints whole lines without disturbing the one being typed.
  void print(std::string_view lines);

  bool is_editing() const { return editor_.has_value(); }

  /// Stops and restarts reading, when lines come faster than they can be used.
  void pause();
  void resume();

 private:
  void on_ready(std::uint32_t events) override;
  void read_file();
  void take(std::string_view bytes);
  void end();
  void start_editing();

  AsioLoop* loop_;
  Output* output_;
  LineInputOwner* owner_;
  std::unique_ptr<Poller> poller_;
  std::optional<LineEditor> editor_;
  std::optional<termios> modes_before_;
  std::string partial_;  // a line of a pipe that has not ended
  Timer next_read_;      // of a file, which cannot be watched
  bool is_paused_ = false;
  bool is_ended_ = false;
};

}  // namespace rtctl::cli
