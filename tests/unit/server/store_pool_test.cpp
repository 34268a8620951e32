#include "server/store_pool.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <future>

#include "base/asio_loop.hpp"

namespace rtctl::server {
namespace {

/// A memory store whose transactions wait until the test opens the gate.
class Gated final : public Store {
 public:
  Result<void> read(const Work& work) override { return write(work); }
  Result<void> write(const Work& work) override {
    open.wait();
    ++transactions;
    return memory->write(work);
  }
  bool is_shared() const override { return false; }

  std::promise<void> gate;
  std::shared_future<void> open = gate.get_future().share();
  std::atomic<int> transactions = 0;
  std::unique_ptr<Store> memory = make_memory_store();
};

TEST_CASE("store pool: writers that wait share one transaction, and finish in their order") {
  const auto loop = make_asio_loop();
  Gated store;
  StorePool pool(*loop, store, {.threads = 2});
  std::vector<int> order;
  const auto write = [&](int number) {
    return pool.write([number](Tables&) { return number; },
                      [&, number](const Result<int>& result) {
                        CHECK(result == number);
                        order.push_back(number);
                        if (order.size() == 100) loop->stop();
                      });
  };
  for (int i = 0; i < 100; ++i)
    CHECK(write(i));
  store.gate.set_value();
  loop->run();
  for (int i = 0; i < 100; ++i)
    CHECK(order[static_cast<std::size_t>(i)] == i);
  CHECK(store.transactions <= 3);  // what the first took, and the rest
}

TEST_CASE("store pool: a full queue refuses") {
  const auto loop = make_asio_loop();
  Gated store;
  int done = 0;
  int refused = 0;
  {
    StorePool pool(*loop, store, {.threads = 1, .queue_max = 5});
    for (int i = 0; i < 50; ++i) {
      const bool taken = pool.read([](Tables&) { return 0; }, [&](const Result<int>&) { ++done; });
      refused += taken ? 0 : 1;
    }
    CHECK(refused >= 50 - 6);
    store.gate.set_value();
  }  // finishes what waits
  loop->post([&] { loop->stop(); });
  loop->run();
  CHECK(done == 50 - refused);
}

TEST_CASE("store pool: writes are refused while a commit is stuck, and taken again after") {
  const auto loop = make_asio_loop();
  Gated store;
  StorePool pool(*loop, store, {.threads = 2, .stuck_after = Duration::zero()});
  const auto write = [&] { return pool.write([](Tables&) { return 0; }, [](const auto&) {}); };
  CHECK(write());
  while (pool.busy() == 0)
    std::this_thread::yield();
  CHECK(!write());
  CHECK(pool.is_stuck());
  CHECK(pool.read([](Tables&) { return 0; }, [](const auto&) {}));
  store.gate.set_value();
  while (pool.busy() > 0 || pool.waiting() > 0)
    std::this_thread::yield();
  CHECK(!pool.is_stuck());
  CHECK(write());
}

TEST_CASE("store pool: reads are refused when every connection is stuck, and taken again after") {
  const auto loop = make_asio_loop();
  Gated store;
  StorePool pool(*loop, store, {.threads = 2, .stuck_after = Duration::zero()});
  const auto read = [&] { return pool.read([](Tables&) { return 0; }, [](const auto&) {}); };
  for (std::size_t busy = 1; busy <= 2; ++busy) {
    CHECK(read());
    while (pool.busy() < busy)
      std::this_thread::yield();
  }
  CHECK(!read());
  store.gate.set_value();
  while (pool.busy() > 0 || pool.waiting() > 0)
    std::this_thread::yield();
  CHECK(read());
}

TEST_CASE("store pool: whichever thread is called, no write and no read is left behind") {
  constexpr int kAll = 2000;
  const auto loop = make_asio_loop();
  const auto store = make_memory_store();
  StorePool pool(*loop, *store, {.threads = 3});
  int begun = 0;
  int done = 0;
  // One to eight at a time, so that the pool is now idle and now busy when more comes.
  std::function<void()> go_on = [&] {
    while (begun < kAll && begun - done < 1 + done % 8) {
      const auto work = [](Tables&) { return 0; };
      const auto finish = [&](const Result<int>&) { ++done == kAll ? loop->stop() : go_on(); };
      CHECK((++begun % 3 == 0 ? pool.read(work, finish) : pool.write(work, finish)));
    }
  };
  go_on();
  loop->run();
  CHECK(done == kAll);
}

TEST_CASE("store pool: an error reaches every writer of the batch") {
  class Broken final : public Store {
   public:
    Result<void> read(const Work&) override { return fail(ErrorKind::system, "broken"); }
    Result<void> write(const Work&) override { return fail(ErrorKind::system, "broken"); }
    bool is_shared() const override { return false; }
  };
  const auto loop = make_asio_loop();
  Broken store;
  StorePool pool(*loop, store, {.threads = 1});
  int failed = 0;
  for (int i = 0; i < 3; ++i) {
    CHECK(pool.write([](Tables&) { return 1; },
                     [&](const Result<int>& result) {
                       CHECK(!result);
                       if (++failed == 3) loop->stop();
                     }));
  }
  loop->run();
  CHECK(failed == 3);
}

}  // namespace
}  // namespace rtctl::server
