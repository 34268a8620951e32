// The threads on which the store's blocking calls run, so that none ever runs on a loop.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <vector>

#include "base/loop.hpp"
#include "server/store.hpp"

namespace rtctl::server {

/// How one transaction went.
struct Transaction {
  Duration took{};
  std::size_t writers = 0;     ///< that shared it; 0: a read
  const Result<void>& result;  ///< valid during the call
};

struct StorePoolOptions {
  int threads = 8;                 ///< 0: everything runs inside the call (tests)
  std::size_t queue_max = 10'000;  ///< transactions waiting; more are refused
  std::size_t batch_max = 1'000;   ///< writers that share one commit
  /// A commit that takes longer: writes are refused. All threads at work and none of them done for
  /// longer: reads as well.
  Duration stuck_after = std::chrono::seconds(5);
  /// Told of every transaction. Runs on the pool's threads.
  std::function<void(const Transaction&)> on_transaction;
};

/// Carries work to the store and its result back to the loop. Reads run side by side. Writes run
/// one after the other in the order of the calls, and all that wait share one transaction (group
/// commit): they succeed or fail together. Belongs to the loop; destroying it finishes what waits,
/// whose results then go nowhere.
class StorePool {
 public:
  StorePool(Loop& loop, Store& store, StorePoolOptions options);
  ~StorePool();
  StorePool(const StorePool&) = delete;
  StorePool& operator=(const StorePool&) = delete;

  Store& store() { return store_; }

  /// Runs `work(Tables&)`, which returns a value, and then `done(Result<value>)` on the loop.
  /// False, and neither runs, when the queue is full, or when others before it have been stuck for
  /// long (a database that hangs without a word): the caller is told at once then.
  template <typename Work, typename Done>
  [[nodiscard]] bool read(Work work, Done done) {
    return submit(Kind::read, std::move(work), std::move(done));
  }
  template <typename Work, typename Done>
  [[nodiscard]] bool write(Work work, Done done) {
    return submit(Kind::write, std::move(work), std::move(done));
  }

  bool is_stuck() const;  ///< a commit takes too long, and writes are refused; any thread

  std::size_t busy() const;     ///< connections at work now; any thread
  std::size_t waiting() const;  ///< transactions in the queue; any thread

 private:
  enum class Kind { read, write };
  struct Job {
    Store::Work work;
    std::function<void(Result<void>)> done;
  };

  template <typename Work, typename Done>
  bool submit(Kind kind, Work work, Done done) {
    using Value = std::invoke_result_t<Work&, Tables&>;
    // Written by the pool's thread before the result is posted, read by the loop after: shared
    // because either may be the last to let go.
    auto value = std::make_shared<std::optional<Value>>();
    return enqueue(
        kind, {[value, work = std::move(work)](Tables& tables) mutable { *value = work(tables); },
               [value, done = std::move(done)](Result<void> result) mutable {
                 if (!result) return done(Result<Value>(tl::unexpected(result.error())));
                 done(Result<Value>(std::move(**value)));
               }});
  }

  bool enqueue(Kind kind, Job job);
  bool is_refused(Kind kind) const;
  bool is_write_stuck() const;
  void run_thread();
  void note_change(int busy_more);
  void run_read(Job job);
  void run_batch(std::vector<Job> batch);
  std::vector<Job> take_batch();
  void tell(const Transaction& transaction) const;

  Loop& loop_;
  Store& store_;
  const StorePoolOptions options_;

  // The mailbox between the loop and the threads; `mutex_` guards all of it and is held for a few
  // instructions at a time.
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> reads_;
  std::deque<Job> writes_;
  bool is_writing_ = false;        // one batch at a time
  bool is_writer_called_ = false;  // and has not come yet
  std::chrono::steady_clock::time_point writing_since_;
  bool is_stopping_ = false;
  std::size_t busy_ = 0;
  std::chrono::steady_clock::time_point changed_at_;  // when a thread last began or finished

  std::vector<std::thread> threads_;
};

}  // namespace rtctl::server
