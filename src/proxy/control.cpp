#include "proxy/control.hpp"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include "proxy/endpoint.hpp"
#include "proxy/settings.hpp"

namespace rtctl::proxy {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

constexpr std::size_t kLineMax = 4096;

/// What all connections of one control share; they outlive it by the callbacks under way.
struct Controlled {
  Proxy* proxy;  // null once the control is gone
  Impairment impairment;

  std::string answer(std::string_view line) {
    if (proxy == nullptr) return "error: the proxy is gone";
    if (line == "show") return format_settings(impairment);
    if (line == "counts") return format_counts(proxy->counts());
    if (const auto set = apply_settings(impairment, line); !set)
      return "error: " + set.error().message;
    proxy->set_impairment(impairment);
    return "ok";
  }

  static std::string format_counts(const ProxyCounts& counts) {
    return fmt::format(
        R"({{"accepted":{},"open":{},"refused":{},"cut":{},"bytes_up":{},"bytes_down":{}}})",
        counts.accepted, counts.open, counts.refused, counts.cut, counts.bytes_up,
        counts.bytes_down);
  }
};

/// Reads a line, answers it, reads the next; keeps itself alive meanwhile.
class Conversation : public std::enable_shared_from_this<Conversation> {
 public:
  Conversation(tcp::socket socket, std::shared_ptr<Controlled> controlled)
      : socket_(std::move(socket)), controlled_(std::move(controlled)) {}

  void read() {
    asio::async_read_until(socket_, asio::dynamic_buffer(input_, kLineMax), '\n',
                           [self = shared_from_this()](ErrorCode error, std::size_t size) {
                             if (!error) self->reply(size);
                           });
  }

 private:
  void reply(std::size_t size) {
    std::string line = input_.substr(0, size - 1);
    input_.erase(0, size);
    if (line.ends_with('\r')) line.pop_back();
    output_ = controlled_->answer(line) + "\n";
    asio::async_write(socket_, asio::buffer(output_),
                      [self = shared_from_this()](ErrorCode error, std::size_t) {
                        if (!error) self->read();
                      });
  }

  tcp::socket socket_;
  std::shared_ptr<Controlled> controlled_;
  std::string input_;
  std::string output_;
};

class ControlImpl final : public Control {
 public:
  ControlImpl(tcp::acceptor acceptor, Proxy& proxy, const Impairment& start)
      : acceptor_(std::move(acceptor)),
        controlled_(std::make_shared<Controlled>(Controlled{&proxy, start})) {
    accept();
  }
  ~ControlImpl() override { controlled_->proxy = nullptr; }

  std::string address() const override { return address_of(acceptor_); }

 private:
  void accept() {
    acceptor_.async_accept([this](ErrorCode error, tcp::socket socket) {
      if (error) return;
      std::make_shared<Conversation>(std::move(socket), controlled_)->read();
      accept();
    });
  }

  tcp::acceptor acceptor_;
  std::shared_ptr<Controlled> controlled_;
};

}  // namespace

Result<std::unique_ptr<Control>> start_control(AsioLoop& loop, const std::string& address,
                                               Proxy& proxy, const Impairment& start) {
  auto acceptor = listen_on(loop, address);
  if (!acceptor) return tl::unexpected(acceptor.error());
  return std::make_unique<ControlImpl>(std::move(*acceptor), proxy, start);
}

}  // namespace rtctl::proxy
