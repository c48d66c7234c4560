// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <functional>
#include <latch>
#include <string>

#include <gtest/gtest.h>

#include "thalweg/common/virtual_clock.h"
#include "thalweg/dstream/streaming_context.h"

namespace thalweg {
namespace {

using namespace std::chrono_literals;

std::int64_t resident_bytes() {
  std::int64_t all = 0;
  std::int64_t resident = 0;
  std::ifstream("/proc/self/statm") >> all >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

/// Notes the memory in use at two batches, and opens a latch at the second.
class Measure final : public StreamingListener {
 public:
  Measure(std::int64_t first, std::int64_t last) : first_(first), last_(last) {}
  void on_batch_completed(const BatchReport&) override {
    ++batches_;
    if (batches_ == first_) bytes_before_ = resident_bytes();
    if (batches_ == last_) {
      growth_bytes = resident_bytes() - bytes_before_;
      done.count_down();
    }
  }
  std::latch done{1};
  std::int64_t growth_bytes = 0;

 private:
  const std::int64_t first_;
  const std::int64_t last_;
  std::int64_t batches_ = 0;
  std::int64_t bytes_before_ = 0;
};

/// Receives nothing.
class Idle final : public Receiver<int> {
  void on_start() override {}
};

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::int64_t batch_count = 2'000;
constexpr bool memory_is_ours = false;
#else
constexpr std::int64_t batch_count = 100'000;
constexpr bool memory_is_ours = true;
#endif

TEST(LongRunTest, EmptyBatchesLeaveMemoryFlat) {
  VirtualClock clock;
  SessionOptions session_options;
  session_options.clock = &clock;
  Session session("local[1]", "long run", session_options);
  StreamingOptions options;
  options.queued_batches_max = 16;
  options.handle_signals = false;
  StreamingContext context(session, 1s, options);
  // Ten operators over a queue and a receiver; and a receiver that nobody reads.
  auto numbers = context.queue_stream(RddQueue<int>());
  auto received = context.receiver_stream(std::make_shared<Idle>());
  auto unread = context.receiver_stream(std::make_shared<Idle>());
  auto sums = numbers.map([](int x) { return x + 1; })
                  .filter([](int x) { return x > 0; })
                  .map([](int x) { return std::pair(x % 10, x); })
                  .reduce_by_key(std::plus<>())
                  .map_values([](int x) { return 2 * x; });
  auto pairs = received.map([](int x) { return std::pair(0, x); });
  sums.union_with(pairs)
      .reduce_by_key(std::plus<>())
      .for_each_rdd([](const RDD<std::pair<int, int>>& rdd) { (void)rdd.collect(); });
  auto measure = std::make_shared<Measure>(batch_count / 10, batch_count);
  context.add_listener(measure);
  context.start();

  Time begin = SystemClock::instance().monotonic();
  clock.advance(batch_count * 1s);
  measure->done.wait();
  Duration took = SystemClock::instance().monotonic() - begin;
  context.stop(false);

  std::printf(
      "an empty batch of ten operators: %lld us; memory grew by %lld bytes in %lld batches\n",
      static_cast<long long>(took.count() / batch_count),
      static_cast<long long>(measure->growth_bytes), static_cast<long long>(batch_count * 9 / 10));
  if (memory_is_ours) {
    EXPECT_LT(measure->growth_bytes, std::int64_t{4} << 20);
  }
}

}  // namespace
}  // namespace thalweg
