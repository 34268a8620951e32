// PostgreSQL: one store for one server, or for many that share a bus.
#include <soci/postgresql/soci-postgresql.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <memory>
#include <mutex>
#include <utility>

#include "server/sql_store.hpp"

namespace rtctl::server {
namespace {

using std::chrono::steady_clock;

// Names of advisory locks, which are per database: who may serve, and whose turn it is to write.
constexpr long long kServeLock = 0x7274'6374'6C00;  // "rtctl"
constexpr long long kWriteLock = kServeLock + 1;

constexpr auto kHeldFor = std::chrono::seconds(5);  // how long a lock found held is believed

/// The right to serve from a database, held by a connection of its own. Lost when that connection
/// is, so it is looked at again and taken again.
class ServeLock {
 public:
  ServeLock(std::string connection, bool is_shared)
      : connection_(std::move(connection)), is_shared_(is_shared) {}

  /// Takes the lock, or sees that it is still held. Throws soci_error. Any thread.
  Result<void> hold();

  /// A connection was lost, and maybe all: the next `hold` looks again. Any thread.
  void doubt();

 private:
  Result<void> take();
  std::string holder();

  const std::string connection_;
  const bool is_shared_;
  // Writers of the pool come one by one, but SOCI's session must not be used from two threads even
  // if that changes.
  std::mutex mutex_;
  std::unique_ptr<soci::session> session_;
  steady_clock::time_point seen_at_;
};

Result<void> ServeLock::hold() {
  const std::lock_guard lock(mutex_);
  const auto now = steady_clock::now();
  if (session_ && now - seen_at_ < kHeldFor) return {};
  if (session_) {
    try {
      *session_ << "SELECT 1";
      seen_at_ = now;
      return {};
    } catch (const soci::soci_error&) {
      session_.reset();  // the database was restarted, and the lock is gone
    }
  }
  session_ = std::make_unique<soci::session>(*soci::factory_postgresql(), connection_);
  auto taken = take();
  if (!taken) session_.reset();
  seen_at_ = now;
  return taken;
}

void ServeLock::doubt() {
  const std::lock_guard lock(mutex_);
  seen_at_ = {};
}

Result<void> ServeLock::take() {
  const char* sql = is_shared_ ? "SELECT pg_try_advisory_lock_shared(:key)::int"
                               : "SELECT pg_try_advisory_lock(:key)::int";
  int is_taken = 0;
  *session_ << sql, soci::use(kServeLock, "key"), soci::into(is_taken);
  if (is_taken != 0) return {};
  return usage_error("the PostgreSQL store is held by " + holder() +
                     "; servers share one only with --bus nats://...");
}

std::string ServeLock::holder() {
  std::string name = "another server";
  soci::indicator found = soci::i_null;
  std::string text;
  *session_ << "SELECT a.application_name || ', backend ' || a.pid || coalesce(' from ' ||"
               " host(a.client_addr), '') FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid"
               " WHERE l.locktype = 'advisory' AND l.granted AND"
               " ((l.classid::bigint << 32) | l.objid::bigint) = :key LIMIT 1",
      soci::use(kServeLock, "key"), soci::into(text, found);
  return session_->got_data() && found == soci::i_ok ? text : name;
}

// What the URL leaves open: dead databases are noticed, and the lock's holder can be named.
std::string with_defaults(const std::string& url) {
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  std::string result = url;
  const auto add = [&](const std::string& key, const std::string& value) {
    if (result.find(key + "=") != std::string::npos) return;
    result += (result.find('?') == std::string::npos ? "?" : "&") + key + "=" + value;
  };
  add("connect_timeout", "3");
  add("tcp_user_timeout", "10000");
  add("application_name", "rtctl%20" + std::to_string(getpid()) + "%20on%20" + host.data());
  return result;
}

}  // namespace

Result<std::unique_ptr<Store>> make_postgresql_store(const StoreOptions& options) {
  const std::string connection = with_defaults(options.url);
  // Shared because the function below is copied with the backend; there is one lock.
  auto lock = std::make_shared<ServeLock>(connection, options.is_shared);
  SqlBackend backend{
      .dialect = Dialect::postgresql,
      .factory = soci::factory_postgresql(),
      .connection = connection,
      .name = "PostgreSQL",
      .begin_read = {"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"},
      .begin_write = {"BEGIN", "SELECT pg_advisory_xact_lock(" + std::to_string(kWriteLock) + ")"},
      .on_connect =
          [lock](soci::session& session) {
            session << "SET client_min_messages = warning";
            lock->doubt();
          },
      .before_write = [lock](soci::session&) { return lock->hold(); },
  };
  return make_sql_store(std::move(backend), options);
}

}  // namespace rtctl::server
