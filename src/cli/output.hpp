// Standard output of a command that follows something: never blocks the loop, notices when nobody
// reads any more.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/asio_loop.hpp"
#include "base/poller.hpp"

namespace rtctl::cli {

/// Told, on the loop, when standard output is of no more use, or what a slow reader has not taken
/// has grown or shrunk past the limit.
class OutputOwner {
 public:
  virtual void on_output_closed() = 0;
  /// Writing failed otherwise: a full disk. `message` names the reason.
  virtual void on_output_failed(const std::string& message) = 0;
  /// The reader is slow: stop producing (true), go on (false).
  virtual void on_output_full(bool /*is_full*/) {}
  /// All that was committed has been written.
  virtual void on_output_written() {}

 protected:
  ~OutputOwner() = default;
};

/// Collects what is written in one turn of the loop and hands it on at the end of that turn.
/// Belongs to one loop. SIGPIPE is ignored from its construction on.
class Output final : Watcher {
 public:
  Output(AsioLoop& loop, OutputOwner& owner);
  ~Output();
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  /// The buffer to append to; call `commit` afterwards (`on_output_written` follows also when
  /// nothing was appended).
  std::string& text() { return pending_; }
  void commit();
  void write(std::string_view bytes) {
    pending_.append(bytes);
    commit();
  }

  /// Writes all that is left, blocking; for the end of the command, after the loop. False when
  /// nobody could take it.
  bool finish();

 private:
  enum class State { usable, closed, failed };

  void on_ready(std::uint32_t events) override;
  void flush();
  bool write_some(bool may_block);
  void watch(std::uint32_t events);
  void leave(State state, const std::string& message);

  AsioLoop* loop_;
  OutputOwner* owner_;
  std::unique_ptr<Poller> poller_;
  std::shared_ptr<bool> alive_;  // posted flushes outlive nothing: they look here first
  std::string pending_;
  std::size_t written_ = 0;  // of pending_
  State state_ = State::usable;
  bool is_file_ = false;  // a regular file: never blocks, cannot be watched
  bool is_flush_posted_ = false;
  bool is_waiting_ = false;
  bool is_full_ = false;
};

}  // namespace rtctl::cli
