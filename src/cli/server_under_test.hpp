// `rtctl bench --start`: the server under test as a child of the command.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/asio_loop.hpp"
#include "rtctl/result.hpp"

namespace rtctl::cli {

struct ServerUnderTestOptions {
  std::string command;   ///< for /bin/sh, or "@reference": the bundled server on a free port
  std::string wait_for;  ///< URL that answers once the server is ready; "": the reference's word

  bool is_reference() const { return command == "@reference"; }
};

/// A child process in a group of its own. Belongs to one loop. Destroying it stops the group:
/// SIGTERM, and SIGKILL after ten seconds. It dies with the command, however that ends.
class ServerUnderTest {
 public:
  /// Told once, on the loop: the base URL of the reference server ("" for a command of the
  /// user's), or why it did not get ready.
  using Ready = std::function<void(Result<std::string>)>;

  virtual ~ServerUnderTest() = default;

  /// SIGTERM to the group, for a command that leaves without waiting.
  virtual void ask_to_end() = 0;
};

Result<std::unique_ptr<ServerUnderTest>> start_server_under_test(
    AsioLoop& loop, const ServerUnderTestOptions& options, ServerUnderTest::Ready ready);

}  // namespace rtctl::cli
