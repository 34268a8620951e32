#include "client/feed.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "base/time_format.hpp"
#include "client/judge.hpp"
#include "client/url.hpp"

namespace rtctl::client {
namespace {

using json = nlohmann::ordered_json;  // activities are printed as they came

constexpr std::size_t kPage = 50;       // a full answer, by the feed's definition
constexpr std::size_t kSeenMax = 1000;  // ids remembered; windows overlap by far less

std::string id_of(const json& activity) {
  const auto found = activity.find("id");
  if (found == activity.end() || found->is_null()) return {};
  return found->is_string() ? found->get<std::string>() : found->dump();
}

void set_header(net::Headers& headers, std::string_view name, std::string value) {
  std::erase_if(headers, [&](const net::Header& header) { return header.name == name; });
  headers.push_back({std::string(name), std::move(value)});
}

std::optional<std::uint64_t> number_of(const std::string& id) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number);
  if (error != std::errc() || end != id.data() + id.size()) return std::nullopt;
  return number;
}

std::optional<WallTime> time_of(const json& activity) {
  const auto found = activity.find("created_at");
  if (found == activity.end() || !found->is_string()) return std::nullopt;
  return parse_rfc3339(found->get_ref<const std::string&>());
}

/// The begin of the next window: a second before the newest activity, for an HTTP-date has no
/// fractions. "" when the activity does not say when it was.
std::string window_before(const json& newest) {
  const auto time = time_of(newest);
  return time ? format_http_date(*time - std::chrono::seconds(1)) : std::string();
}

/// nullopt when the answer is empty, or its ids and times are no numbers and times.
std::optional<FeedSearch::Oldest> oldest_of(const json& activities) {
  if (activities.empty()) return std::nullopt;
  const auto id = number_of(id_of(activities.back()));
  const auto time = time_of(activities.back());
  if (!id || !time) return std::nullopt;
  return FeedSearch::Oldest{.id = *id, .time = *time};
}

/// Whether `id` is further on than `than`; ids that are no numbers go by the order of telling.
bool is_further(const std::string& id, const std::string& than) {
  const auto left = number_of(id);
  const auto right = number_of(than);
  return !left || !right || *left > *right;
}

}  // namespace

FeedClient::FeedClient(const Environment& environment, const FeedOptions& options,
                       FeedObserver& observer)
    : environment_(&environment),
      options_(&options),
      observer_(&observer),
      reader_(environment, options.transfer, reading_),
      writer_(environment, options.transfer, writing_) {
  poll_request_ = options.request;
  poll_request_.method = "GET";
  poll_request_.body.clear();
}

FeedClient::~FeedClient() = default;

void FeedClient::set_memory(FeedMemory memory) {
  memory_ = std::move(memory);
  seen_ = {memory_.seen.begin(), memory_.seen.end()};
}

void FeedClient::cancel() {
  reader_.cancel();
  writer_.cancel();
}

void FeedClient::poll() {
  poll_request_.url = options_->request.url;
  poll_request_.headers = options_->request.headers;
  if (search_) {
    poll_request_.url = with_query(poll_request_.url, "after", std::to_string(search_->after()));
  } else if (uses_cursor()) {
    poll_request_.url = with_query(poll_request_.url, "after", memory_.after);
  } else if (!memory_.last_modified.empty()) {
    set_header(poll_request_.headers, "If-Modified-Since", memory_.last_modified);
  } else if (options_->since) {
    set_header(poll_request_.headers, "If-Modified-Since", format_http_date(*options_->since));
  }
  // The validator belongs to the answer at this very URL.
  if (!etag_.empty() && etag_url_ == poll_request_.url &&
      !net::find_header(poll_request_.headers, "if-none-match"))
    set_header(poll_request_.headers, "If-None-Match", etag_);
  reader_.start(poll_request_);
}

void FeedClient::on_poll_response(const Response& response) {
  const Judgement judgement = judge(response, environment_->loop.wall_now());
  FeedResult result{.response = response,
                    .failure = judgement.failure,
                    .is_retryable = judgement.is_retryable,
                    .is_not_modified = response.status == 304,
                    .retry_after = judgement.retry_after};
  if (gives_up_cursor(response)) {
    result.failure = Failure::none;
    result.has_more = true;
  } else if (result.failure == Failure::none && !result.is_not_modified) {
    if (take_activities(response, result)) {
      etag_ = response.header("etag").value_or("");
      etag_url_ = poll_request_.url;
    } else {
      // What was never a feed will not become one; a feed may be hidden behind an error page.
      result.failure = Failure::bad_json;
      result.is_retryable = !is_first_;
    }
  }
  if (result.failure == Failure::none) is_first_ = false;
  observer_->on_polled(result);
}

/// Whether the answer to `?after=` can only come from a server that does not know it: it holds what
/// was told already.
bool FeedClient::ignores_cursor(const nlohmann::ordered_json& activities) const {
  return std::ranges::any_of(
      activities, [this](const json& activity) { return seen_.contains(id_of(activity)); });
}

/// A server that is strict about parameters it does not know.
bool FeedClient::gives_up_cursor(const Response& response) {
  const bool is_refused =
      response.status == 400 || response.status == 404 || response.status == 422;
  const bool was_asked = search_ || uses_cursor();
  if (!is_refused || !was_asked || cursor_ != Cursor::untried) return false;
  search_.reset();
  cursor_ = Cursor::windows;
  return true;
}

bool FeedClient::take_activities(const Response& response, FeedResult& result) {
  const json document = json::parse(response.body, nullptr, false);
  if (!document.is_array()) return false;
  const auto is_activity = [](const json& item) { return item.is_object(); };
  if (!std::ranges::all_of(document, is_activity)) return false;
  if (still_searches(document)) {
    result.has_more = true;
    return true;
  }
  if (uses_cursor() && ignores_cursor(document)) {
    cursor_ = Cursor::windows;
    result.has_more = true;  // ask again the other way; what is new here is told below all the same
  } else if (uses_cursor()) {
    cursor_ = Cursor::exact;
    result.has_more = document.size() >= kPage;
  }
  tell(document, response, result);
  if (!document.empty()) {
    if (std::string window = window_before(document.front()); !window.empty())
      memory_.last_modified = std::move(window);
  }
  return true;
}

/// Whether the place to begin is yet to be found. The answer that it is found with is its first
/// page.
bool FeedClient::still_searches(const json& activities) {
  const auto oldest = oldest_of(activities);
  if (!search_) {
    const bool may_have_more = options_->since && is_first_ && memory_.after.empty() &&
                               activities.size() >= kPage && oldest &&
                               oldest->time > *options_->since;
    if (!may_have_more) return false;
    search_.emplace(*options_->since, *oldest);
    return true;
  }
  if (!search_->take(oldest)) return true;
  memory_.after = std::to_string(search_->after());
  search_.reset();
  return false;
}

/// What was not told yet, the oldest first.
void FeedClient::tell(const json& activities, const Response& response, FeedResult& result) {
  const bool is_told = !(options_->skip_history && is_first_);
  for (auto item = activities.rbegin(); item != activities.rend(); ++item) {
    const std::string id = id_of(*item);
    if (!id.empty() && seen_.contains(id)) continue;
    const std::string text = item->dump(-1, ' ', false, json::error_handler_t::replace);
    if (id.empty() && seen_.contains(text)) continue;  // without an id all of it has to tell
    if (!id.empty()) advance(id);
    remember(id.empty() ? text : id);
    if (!is_told) continue;
    ++result.activities;
    observer_->on_activity({.id = id, .json = text}, response.ended);
  }
}

void FeedClient::advance(const std::string& id) {
  if (memory_.after.empty() || is_further(id, memory_.after)) memory_.after = id;
}

void FeedClient::remember(const std::string& key) {
  seen_.insert(key);
  memory_.seen.push_back(key);
  if (memory_.seen.size() <= kSeenMax) return;
  seen_.erase(memory_.seen.front());
  memory_.seen.pop_front();
}

void FeedClient::log(std::string body, std::string key) {
  log_request_ = options_->request;
  log_request_.method = "POST";
  log_request_.body = std::move(body);
  set_header(log_request_.headers, "Content-Type", "application/json");
  set_header(log_request_.headers, "Idempotency-Key", std::move(key));
  writer_.start(log_request_);
}

void FeedClient::on_log_response(const Response& response) {
  const Judgement judgement = judge(response, environment_->loop.wall_now());
  observer_->on_logged({.response = response,
                        .failure = judgement.failure,
                        .is_retryable = judgement.is_retryable || response.status == 409,
                        .retry_after = judgement.retry_after});
}

}  // namespace rtctl::client
