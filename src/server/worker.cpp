#include "server/worker.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "base/time_format.hpp"
#include "server/fanout.hpp"
#include "server/session.hpp"

namespace rtctl::server {
namespace {

using namespace std::chrono_literals;

constexpr Duration kWatchInterval = 200ms;       // how late a time-out may be noticed
constexpr std::size_t kAccessBuffer = 64 << 10;  // bytes of log lines before they are handed on

double seconds_of(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

Result<std::unique_ptr<Worker>> Worker::make(ServerShared& shared, AsioLoop& loop, TlsPtr tls) {
  auto poller = make_poller(loop);
  if (!poller) return tl::unexpected(poller.error());
  return std::unique_ptr<Worker>(new Worker(shared, loop, std::move(tls), std::move(*poller)));
}

Worker::Worker(ServerShared& shared, AsioLoop& loop, TlsPtr tls, std::unique_ptr<Poller> poller)
    : shared_(shared),
      loop_(loop),
      tls_(std::move(tls)),
      poller_(std::move(poller)),
      random_(make_random(random_seed(), 0)),
      read_buffer_(std::make_unique<std::array<char, 65536>>()) {}

Worker::~Worker() {
  close_all();
}

void Worker::start(Hub& hub, std::uint64_t head_id) {
  fanout_ = std::make_unique<Fanout>(*this, hub, head_id);
  next_watch_ = loop_.now() + kWatchInterval;
  watch_timer_ = loop_.at(next_watch_, [this] { watch_deadlines(); });
}

std::string_view Worker::date() {
  const WallTime now = loop_.wall_now();
  const std::int64_t second =
      std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  if (std::exchange(date_second_, second) != second) date_ = format_http_date(now);
  return date_;
}

void Worker::adopt(int fd, std::string remote_address, SessionRole role) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  auto owned =
      std::make_unique<Session>(*this, Socket(fd, tls_.get()), std::move(remote_address), role);
  Session& session = *owned;
  session.index = sessions_.size();
  sessions_.push_back(std::move(owned));
  if (!session.start()) session.abandon();
}

void Worker::retire(Session& session) {
  const std::size_t index = session.index;
  RTCTL_CHECK(index < sessions_.size() && sessions_[index].get() == &session);
  if (retired_.empty()) {
    // It may be in the middle of one of its own functions.
    loop_.post([this] { retired_.clear(); });
  }
  retired_.push_back(std::move(sessions_[index]));
  if (index + 1 != sessions_.size()) {
    sessions_[index] = std::move(sessions_.back());
    sessions_[index]->index = index;
  }
  sessions_.pop_back();
}

void Worker::keep(std::unique_ptr<WorkerStream> stream) {
  WorkerStream* key = stream.get();
  streams_[key] = std::move(stream);
}

void Worker::drop(WorkerStream& stream) {
  auto node = streams_.extract(&stream);
  if (node.empty()) return;
  if (dropped_.empty()) loop_.post([this] { dropped_.clear(); });
  dropped_.push_back(std::move(node.mapped()));
}

void Worker::watch_deadlines() {
  const TimePoint now = loop_.now();
  shared_.metrics.loop_lag.Observe(seconds_of(now - next_watch_));
  for (std::size_t i = sessions_.size(); i > 0; --i) {
    if (i <= sessions_.size()) sessions_[i - 1]->check_deadline(now);
  }
  hand_on_access_lines();
  next_watch_ = now + kWatchInterval;
  watch_timer_ = loop_.at(next_watch_, [this] { watch_deadlines(); });
}

void Worker::drain() {
  if (fanout_) fanout_->drain();
  for (std::size_t i = sessions_.size(); i > 0; --i) {
    if (i <= sessions_.size()) sessions_[i - 1]->drain();
  }
}

void Worker::close_all() {
  fanout_.reset();
  while (!sessions_.empty())
    sessions_.back()->abandon();
  retired_.clear();
  streams_.clear();
  dropped_.clear();
  hand_on_access_lines();
}

bool Worker::is_done() const {
  const auto is_lingering = [](const auto& session) { return session->is_lingering(); };
  return streams_.empty() && std::ranges::all_of(sessions_, is_lingering) &&
         (!fanout_ || fanout_->is_empty());
}

void Worker::count_request(const Route* route, int status, Duration duration) {
  RouteFigures& figures = figures_[route];
  if (figures.seconds == nullptr) {
    figures.path = route == nullptr              ? "other"
                   : route->metrics_name.empty() ? route->path
                                                 : route->metrics_name;
    figures.seconds = &shared_.metrics.request_seconds_of(figures.path);
  }
  figures.seconds->Observe(seconds_of(duration));
  auto& counter = figures.by_status[status];
  if (counter == nullptr) counter = &shared_.metrics.requests_of(figures.path, status);
  counter->Increment();
}

void Worker::log_access(const std::string& line) {
  access_lines_ += line;
  if (access_lines_.size() > kAccessBuffer) hand_on_access_lines();
}

void Worker::hand_on_access_lines() {
  if (access_lines_.empty()) return;
  shared_.access_log->write(std::exchange(access_lines_, {}));
}

}  // namespace rtctl::server
