#include "net/curl_multi.hpp"

#include <utility>

namespace rtctl::net {

CurlMulti::CurlMulti(Loop& loop, CurlSockets& sockets, std::function<void(CurlMulti&)> on_idle)
    : loop_(loop), sockets_(sockets), on_idle_(std::move(on_idle)), multi_(curl_multi_init()) {
  curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETFUNCTION, &CurlMulti::on_socket);
  curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_.get(), CURLMOPT_TIMERFUNCTION, &CurlMulti::on_timer);
  curl_multi_setopt(multi_.get(), CURLMOPT_TIMERDATA, this);
  // Each user has a connection of its own, as each browser tab has; HTTP/2 would share one.
  curl_multi_setopt(multi_.get(), CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
}

CurlMulti::~CurlMulti() {
  discarded_.clear();
}

void CurlMulti::leave() {
  --channels_;
  if (channels_ == 0 && !in_curl_ && !settling_) tell_idle();
}

bool CurlMulti::add(CurlJob& job) {
  if (in_curl_) {
    added_.push_back(&job);
    return true;
  }
  return curl_multi_add_handle(multi_.get(), job.easy()) == CURLM_OK;
}

void CurlMulti::discard(std::unique_ptr<CurlJob> job) {
  job->detach();
  if (std::erase(added_, job.get()) > 0) return;
  if (in_curl_)
    discarded_.push_back(std::move(job));
  else
    curl_multi_remove_handle(multi_.get(), job->easy());
}

void CurlMulti::call(const std::function<void()>& function) {
  in_curl_ = true;
  function();
  in_curl_ = false;
  settle();
}

void CurlMulti::perform(curl_socket_t fd, int mask) {
  int running = 0;
  in_curl_ = true;
  curl_multi_socket_action(multi_.get(), fd, mask, &running);
  in_curl_ = false;
  settle();
}

/// After each call into libcurl: forgets what handlers cancelled meanwhile, then tells of what has
/// ended.
void CurlMulti::settle() {
  settling_ = true;
  for (const auto& job : std::exchange(discarded_, {}))
    curl_multi_remove_handle(multi_.get(), job->easy());
  for (CurlJob* job : std::exchange(added_, {}))
    curl_multi_add_handle(multi_.get(), job->easy());
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;  // the message dies with the removal
    CurlJob& job = CurlJob::of(message->easy_handle);
    job.before_removal();
    curl_multi_remove_handle(multi_.get(), job.easy());
    job.finish(code);
  }
  settling_ = false;
  if (channels_ == 0) tell_idle();
}

/// From a copy, for the call may destroy this and the function with it.
void CurlMulti::tell_idle() {
  const auto on_idle = on_idle_;
  on_idle(*this);
}

int CurlMulti::on_socket(CURL*, curl_socket_t fd, int what, void* self, void*) {
  auto& multi = *static_cast<CurlMulti*>(self);
  return multi.sockets_.want(multi, fd, what) ? 0 : -1;
}

int CurlMulti::on_timer(CURLM*, long milliseconds, void* self) {
  auto& multi = *static_cast<CurlMulti*>(self);
  multi.timer_.cancel();
  if (milliseconds < 0) return 0;
  multi.timer_ = multi.loop_.after(std::chrono::milliseconds(milliseconds),
                                   [&multi] { multi.perform(CURL_SOCKET_TIMEOUT, 0); });
  return 0;
}

}  // namespace rtctl::net
