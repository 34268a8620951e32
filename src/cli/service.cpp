#include "cli/service.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

namespace rtctl::cli {
namespace {

class HangUpImpl final : public HangUp {
 public:
  HangUpImpl(AsioLoop& loop, std::function<void()> on_hang_up)
      : signals_(loop.context(), SIGHUP), on_hang_up_(std::move(on_hang_up)) {
    wait();
  }

 private:
  void wait() {
    signals_.async_wait([this](const boost::system::error_code& error, int) {
      if (error) return;
      on_hang_up_();
      wait();
    });
  }

  boost::asio::signal_set signals_;
  std::function<void()> on_hang_up_;
};

}  // namespace

std::unique_ptr<HangUp> watch_hang_up(AsioLoop& loop, std::function<void()> on_hang_up) {
  return std::make_unique<HangUpImpl>(loop, std::move(on_hang_up));
}

void tell_service_manager(std::string_view state) {
  const char* name = std::getenv("NOTIFY_SOCKET");
  if (name == nullptr || (*name != '/' && *name != '@')) return;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::size_t length = std::strlen(name);
  if (length >= sizeof address.sun_path) return;
  std::memcpy(address.sun_path, name, length);
  if (*name == '@') address.sun_path[0] = '\0';  // the abstract namespace
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
  (void)sendto(fd, state.data(), state.size(), MSG_NOSIGNAL,
               reinterpret_cast<const sockaddr*>(&address), size);
  close(fd);
}

}  // namespace rtctl::cli
