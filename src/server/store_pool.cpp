#include "server/store_pool.hpp"

#include <algorithm>
#include <utility>

namespace rtctl::server {

StorePool::StorePool(Loop& loop, Store& store, StorePoolOptions options)
    : loop_(loop), store_(store), options_(std::move(options)) {
  for (int i = 0; i < options_.threads; ++i)
    threads_.emplace_back([this] { run_thread(); });
}

StorePool::~StorePool() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_)
    thread.join();
}

std::size_t StorePool::busy() const {
  const std::lock_guard lock(mutex_);
  return busy_;
}

bool StorePool::is_stuck() const {
  const std::lock_guard lock(mutex_);
  return is_write_stuck();
}

std::size_t StorePool::waiting() const {
  const std::lock_guard lock(mutex_);
  return reads_.size() + writes_.size();
}

bool StorePool::enqueue(Kind kind, Job job) {
  if (options_.threads == 0) {
    if (kind == Kind::read) {
      run_read(std::move(job));
    } else {
      std::vector<Job> batch;
      batch.push_back(std::move(job));
      run_batch(std::move(batch));
    }
    return true;
  }
  bool has_taker = false;
  {
    const std::lock_guard lock(mutex_);
    if (is_refused(kind)) return false;
    (kind == Kind::read ? reads_ : writes_).push_back(std::move(job));
    // Who writes, or is called to, takes all writes that wait: calling another thread for each
    // costs two switches per write, a third of the time of a server on one core.
    if (kind == Kind::write) has_taker = is_writing_ || std::exchange(is_writer_called_, true);
  }
  if (!has_taker) wake_.notify_one();
  return true;
}

bool StorePool::is_refused(Kind kind) const {
  if (reads_.size() + writes_.size() >= options_.queue_max) return true;
  if (kind == Kind::write) return is_write_stuck();
  return busy_ == threads_.size() &&
         changed_at_ < std::chrono::steady_clock::now() - options_.stuck_after;
}

bool StorePool::is_write_stuck() const {
  return is_writing_ && writing_since_ < std::chrono::steady_clock::now() - options_.stuck_after;
}

void StorePool::note_change(int busy_more) {
  busy_ += static_cast<std::size_t>(busy_more);
  changed_at_ = std::chrono::steady_clock::now();
}

void StorePool::run_thread() {
  std::unique_lock lock(mutex_);
  const auto can_write = [this] { return !writes_.empty() && !is_writing_; };
  while (true) {
    wake_.wait(lock, [&] { return is_stopping_ || can_write() || !reads_.empty(); });
    if (can_write()) {
      is_writing_ = true;
      is_writer_called_ = false;
      writing_since_ = std::chrono::steady_clock::now();
      note_change(+1);
      std::vector<Job> batch = take_batch();
      lock.unlock();
      run_batch(std::move(batch));
      lock.lock();
      note_change(-1);
      is_writing_ = false;
      // The next batch is this thread's own unless another wakes first; reads need no waking.
    } else if (!reads_.empty()) {
      note_change(+1);
      Job job = std::move(reads_.front());
      reads_.pop_front();
      lock.unlock();
      run_read(std::move(job));
      lock.lock();
      note_change(-1);
    } else if (is_stopping_) {
      return;  // a batch under way is finished by its own thread, and the writes that wait by it
    }
  }
}

std::vector<StorePool::Job> StorePool::take_batch() {
  const std::size_t count = std::min(writes_.size(), options_.batch_max);
  std::vector<Job> batch(std::make_move_iterator(writes_.begin()),
                         std::make_move_iterator(writes_.begin() + static_cast<long>(count)));
  writes_.erase(writes_.begin(), writes_.begin() + static_cast<long>(count));
  return batch;
}

void StorePool::run_read(Job job) {
  const auto start = std::chrono::steady_clock::now();
  Result<void> result = store_.read(job.work);
  tell({std::chrono::steady_clock::now() - start, 0, result});
  loop_.post([done = std::move(job.done), result = std::move(result)] { done(result); });
}

void StorePool::run_batch(std::vector<Job> batch) {
  const auto start = std::chrono::steady_clock::now();
  Result<void> result = store_.write([&batch](Tables& tables) {
    for (Job& job : batch)
      job.work(tables);
  });
  tell({std::chrono::steady_clock::now() - start, batch.size(), result});
  loop_.post([batch = std::move(batch), result = std::move(result)] {
    for (const Job& job : batch)
      job.done(result);
  });
}

void StorePool::tell(const Transaction& transaction) const {
  if (options_.on_transaction) options_.on_transaction(transaction);
}

}  // namespace rtctl::server
