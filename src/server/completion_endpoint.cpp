#include "server/completion_endpoint.hpp"

#include <utility>

#include "server/completion.hpp"
#include "server/stream_taker.hpp"
#include "server/worker.hpp"

namespace rtctl::server {
namespace {

using namespace std::chrono_literals;

constexpr Duration kWriteTimeout = 10s;  // a reader that takes nothing for so long is left (guess)

/// One open answer on the loop of its connection: frames when they are due, then the end.
class CompletionStream final : public WorkerStream, public Watcher {
 public:
  CompletionStream(Worker& worker, Socket socket, std::string head, Completion completion)
      : worker_(worker),
        socket_(std::move(socket)),
        completion_(std::move(completion)),
        began_(worker.loop().now()),
        output_(std::move(head)) {}

  ~CompletionStream() override {
    worker_.poller().remove(socket_.fd(), *this);
    worker_.shared().connections.fetch_sub(1, std::memory_order_relaxed);
  }

  void start() {
    if (!worker_.poller().add(socket_.fd(), EPOLLRDHUP, *this)) return worker_.drop(*this);
    if (flush()) schedule();
  }

  void on_ready(std::uint32_t events) override {
    if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) return worker_.drop(*this);
    if (flush()) schedule();
  }

 private:
  /// Frames that became due while the peer did not read follow at once, together.
  void schedule() {
    const TimePoint now = worker_.loop().now();
    while (next_ < completion_.frames() && began_ + completion_.due(next_) <= now)
      output_ += completion_.frame(next_++);
    if (!flush()) return;
    if (next_ == completion_.frames()) {
      socket_.shutdown_write();
      return worker_.drop(*this);
    }
    timer_ = worker_.loop().at(began_ + completion_.due(next_), [this] { schedule(); });
  }

  /// False when something is left to send, or the stream has ended.
  bool flush() {
    while (sent_ < output_.size()) {
      const IoResult result = socket_.write(std::string_view(output_).substr(sent_));
      if (result.status == IoStatus::would_block) {
        wait_to_write();
        return false;
      }
      if (result.status != IoStatus::ok) {
        worker_.drop(*this);
        return false;
      }
      sent_ += result.bytes;
    }
    output_.clear();
    sent_ = 0;
    if (std::exchange(is_blocked_, false))
      (void)worker_.poller().modify(socket_.fd(), EPOLLRDHUP, *this);
    return true;
  }

  void wait_to_write() {
    timer_ = worker_.loop().after(kWriteTimeout, [this] { worker_.drop(*this); });
    if (std::exchange(is_blocked_, true)) return;
    const std::uint32_t direction = socket_.wants_write() ? EPOLLOUT : EPOLLIN;
    (void)worker_.poller().modify(socket_.fd(), direction | EPOLLRDHUP, *this);
  }

  Worker& worker_;
  Socket socket_;
  Completion completion_;
  TimePoint began_;
  std::string output_;
  std::size_t sent_ = 0;
  std::size_t next_ = 0;  // frame
  bool is_blocked_ = false;
  Timer timer_;
};

class CompletionTaker final : public StreamTaker {
 public:
  explicit CompletionTaker(Completion completion) : completion_(std::move(completion)) {}

  void take(Worker& worker, Socket socket, std::string head) override {
    auto stream =
        std::make_unique<CompletionStream>(worker, std::move(socket), std::move(head), completion_);
    CompletionStream& kept = *stream;
    worker.keep(std::move(stream));
    kept.start();
  }

 private:
  Completion completion_;
};

class CompletionEndpoint final : public Endpoint, public Part {
 public:
  CompletionEndpoint(ServerContext& context, Router& router)
      : loop_(context.loop),
        options_{.first = context.options.llm_first,
                 .gap = context.options.llm_gap,
                 .tokens = static_cast<std::uint32_t>(context.options.llm_tokens)} {
    router.add({.path = "/v1/chat/completions", .methods = {"POST"}, .endpoint = this});
  }

  void handle(ExchangePtr exchange) override {
    auto completion = Completion::parse(exchange->request().body, options_, loop_.wall_now());
    if (!completion) return exchange->respond(problem(400, completion.error().message));
    if (!completion->is_stream()) return respond_later(exchange, std::move(*completion));
    Response response;
    response.fields.set("Content-Type", "text/event-stream");
    response.fields.set("Cache-Control", "no-cache");
    response.fields.set("X-Accel-Buffering", "no");
    response.stream = std::make_shared<CompletionTaker>(std::move(*completion));
    exchange->respond(std::move(response));
  }

 private:
  /// Without a stream the answer comes when the last token would have.
  void respond_later(const ExchangePtr& exchange, Completion completion) {
    const Duration wait = completion.due(completion.frames() - 1);
    const auto timer = std::make_shared<Timer>();  // owned by its own task, until that has run
    *timer = loop_.after(wait, [timer, exchange, completion = std::move(completion)] {
      exchange->respond(json_response(completion.whole()));
    });
    exchange->on_gone([timer] { timer->cancel(); });
  }

  AsioLoop& loop_;
  CompletionOptions options_;
};

}  // namespace

Result<std::unique_ptr<Part>> make_completions(ServerContext& context, Router& router) {
  return std::make_unique<CompletionEndpoint>(context, router);
}

}  // namespace rtctl::server
