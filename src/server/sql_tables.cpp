#include "server/sql_tables.hpp"

#include <algorithm>
#include <utility>

#include "server/prepared_tables.hpp"

namespace rtctl::server {

std::optional<std::string> PreparedTables::setting(std::string_view name) {
  std::optional<std::string> value;
  setting_->each([&](const Text& text) { value = text; }, Text(name));
  return value;
}

void PreparedTables::add_setting(std::string_view name, std::string_view value) {
  add_setting_->run(Text(name), Text(value));
}

void PreparedTables::add_activity(const Activity& activity) {
  if (!newest_activity_at_) {
    newest_activity_at_ = 0;
    newest_time_->each([&](Integer newest) { newest_activity_at_ = newest; });
  }
  const Integer at = std::max(to_sql(activity.created_at), *newest_activity_at_ + 1);
  newest_activity_at_ = at;
  add_activity_->run(activity.type, activity.user_id, activity.data, at);
}

std::vector<Activity> PreparedTables::newest_activities(std::size_t limit) {
  std::vector<Activity> found;
  newest_activities_->each(
      [&](Integer id, const Text& type, const Text& user, const Text& data, Integer at) {
        found.push_back({id, type, user, data, to_time(at)});
      },
      static_cast<Integer>(limit));
  return found;
}

std::vector<Activity> PreparedTables::activities_after(std::int64_t id, std::size_t limit) {
  std::vector<Activity> found;
  activities_after_->each(
      [&](Integer row_id, const Text& type, const Text& user, const Text& data, Integer at) {
        found.push_back({row_id, type, user, data, to_time(at)});
      },
      static_cast<Integer>(id), static_cast<Integer>(limit));
  return found;
}

std::optional<GivenAnswer> PreparedTables::find_answer(std::string_view key) {
  std::optional<GivenAnswer> answer;
  find_answer_->each(
      [&](const Text& fingerprint, Integer status, const Text& type, const Text& body, Integer at) {
        answer = GivenAnswer{fingerprint, static_cast<int>(status), type, body, to_time(at)};
      },
      Text(key));
  return answer;
}

void PreparedTables::put_answer(std::string_view key, const GivenAnswer& answer) {
  put_answer_->run(Text(key), answer.fingerprint, Integer{answer.status}, answer.content_type,
                   answer.body, to_sql(answer.given_at));
}

// SQLite wants a LIMIT before an OFFSET, PostgreSQL takes no negative one.
void PreparedTables::forget_answers_before(WallTime time, std::size_t limit) {
  Query<Columns<Integer>>(session_, "DELETE FROM given_answers WHERE given_at < :time")
      .run(to_sql(time));
  Query<Columns<Integer>>(session_,
                          "DELETE FROM given_answers WHERE request_key IN (SELECT request_key FROM"
                          " given_answers ORDER BY given_at DESC LIMIT 1000000000 OFFSET :kept)")
      .run(static_cast<Integer>(limit));
}

void PreparedTables::put_sample(const ServerSample& sample) {
  put_sample_->run(sample.server, to_sql(sample.started_at), to_sql(sample.sampled_at),
                   Integer{sample.open_streams}, Integer{sample.memory_bytes});
}

std::vector<ServerSample> PreparedTables::samples() {
  std::vector<ServerSample> all;
  samples_->each(
      [&](const Text& server, Integer started, Integer sampled, Integer streams, Integer memory) {
        all.push_back({server, to_time(started), to_time(sampled), streams, memory});
      });
  return all;
}

void PreparedTables::forget_samples_before(WallTime time) {
  Query<Columns<Integer>>(session_, "DELETE FROM system_status WHERE sampled_at < :time")
      .run(to_sql(time));
}

std::unique_ptr<SqlTables> make_sql_tables(soci::session& session) {
  return std::make_unique<PreparedTables>(session);
}

}  // namespace rtctl::server
