// SPDX-License-Identifier: Apache-2.0
//
// States that are many times larger than memory, and whether the answer is exact.
//
//     large_state [LIMIT_MIB=64] [TIMES=16] [CHECKPOINT_DIRECTORY]
//
// Keeps TIMES x LIMIT_MIB of states in a session of LIMIT_MIB with states on disk: about a thousand
// bytes for each key, all written in the first batch, then six batches that change a third of the
// keys each, while update_state_by_key looks at every one. Every byte of every state is compared
// with what it must be after the last batch. Prints the states' size, peak resident memory beyond
// what the idle process had, spilled bytes and seconds; ends with 1 where the answer is wrong or
// memory was not kept within the limit and a quarter. With a directory, the states are checkpointed
// there as well.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "process_memory.h"
#include <thalweg/thalweg.h>

using namespace thalweg;
using namespace std::chrono_literals;

namespace {

using Row = std::pair<std::int64_t, std::int64_t>;
/// The sum of what came for the key, and bytes that depend on both.
using Sum = std::pair<std::int64_t, std::string>;

constexpr std::size_t payload_bytes = 1000;
constexpr int changing_batches = 6;
constexpr int change_one_in = 3;

std::string payload(std::int64_t key, std::int64_t sum) {
  std::string bytes = std::to_string(key) + ":" + std::to_string(sum) + ":";
  bytes.reserve(payload_bytes);
  for (auto next = static_cast<std::uint64_t>(key * 31 + sum); bytes.size() < payload_bytes;) {
    next = next * 6364136223846793005U + 1442695040888963407U;
    bytes.push_back(static_cast<char>('a' + (next >> 59)));
  }
  return bytes;
}

/// What a batch has for a key, 0 for nothing. The first has something for every key.
std::int64_t value_of(std::int64_t key, int batch) {
  return batch == 0 || (key + batch) % change_one_in == 0 ? key % 97 + batch + 1 : 0;
}

std::int64_t sum_of(std::int64_t key) {
  std::int64_t sum = 0;
  for (int batch = 0; batch <= changing_batches; ++batch) sum += value_of(key, batch);
  return sum;
}

struct Found {
  std::int64_t keys = 0;
  std::int64_t wrong = 0;
  std::int64_t bytes = 0;
};

Found check(const RDD<std::pair<std::int64_t, Sum>>& states) {
  return states.aggregate(
      Found(),
      [](Found found, const std::pair<std::int64_t, Sum>& row) {
        const auto& [key, state] = row;
        ++found.keys;
        found.bytes += static_cast<std::int64_t>(sizeof(row) + state.second.size());
        if (state.first != sum_of(key) || state.second != payload(key, state.first)) ++found.wrong;
        return found;
      },
      [](Found a, const Found& b) {
        return Found{a.keys + b.keys, a.wrong + b.wrong, a.bytes + b.bytes};
      });
}

}  // namespace

int main(int argc, char** argv) {
  const std::int64_t limit = (argc > 1 ? std::atoll(argv[1]) : 64) << 20;
  const std::int64_t times = argc > 2 ? std::atoll(argv[2]) : 16;
  const std::int64_t keys = limit * times / static_cast<std::int64_t>(payload_bytes);

  SessionOptions options;
  options.memory_bytes_max = limit;
  options.state_backend = StateBackend::disk;
  options.key_group_count = 1024;
  Session session("local[2]", "large_state", options);
  StreamingContext context(session, 100ms);
  context.stop_at_end();
  if (argc > 3) context.checkpoint(argv[3], {.checkpoint_interval = 5s});
  const std::int64_t idle = memory_of_process("VmRSS");

  std::vector<RDD<Row>> batches;
  for (int batch = 0; batch <= changing_batches; ++batch) {
    batches.push_back(Context(session)
                          .range(0, keys, 1, 16)
                          .map([batch](std::int64_t key) { return Row(key, value_of(key, batch)); })
                          .filter([](const Row& row) { return row.second != 0; }));
  }
  Found found;
  int batch = 0;
  auto update = [](Time, const std::int64_t& key, const std::vector<std::int64_t>& values,
                   std::optional<Sum> state) -> std::optional<Sum> {
    if (values.empty()) return state;
    std::int64_t sum = state ? state->first : 0;
    for (std::int64_t value : values) sum += value;
    return Sum(sum, payload(key, sum));
  };
  context.queue_stream(batches)
      .update_state_by_key<Sum>(update, {.partitions = 16})
      .for_each_rdd([&](const RDD<std::pair<std::int64_t, Sum>>& states) {
        // Queues stop once they are empty: a batch that comes after the last changes nothing.
        if (batch++ >= changing_batches) found = check(states);
      });

  auto began = std::chrono::steady_clock::now();
  context.start();
  context.await_termination();
  double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();

  const std::int64_t peak = memory_of_process("VmHWM") - idle;
  const bool exact = found.keys == keys && found.wrong == 0;
  const bool within = peak <= limit + limit / 4;
  std::printf("states: %.0f MiB of %lld keys, %.1f x the limit of %.0f MiB\n", mib(found.bytes),
              static_cast<long long>(found.keys),
              static_cast<double>(found.bytes) / static_cast<double>(limit), mib(limit));
  std::printf("answer: %s (%lld keys wrong, %lld missing)\n", exact ? "exact" : "WRONG",
              static_cast<long long>(found.wrong), static_cast<long long>(keys - found.keys));
  std::printf("peak resident memory beyond idle (%.1f MiB): %.1f MiB, %.0f %% of the limit: %s\n",
              mib(idle), mib(peak), 100 * static_cast<double>(peak) / static_cast<double>(limit),
              within ? "within" : "TOO MUCH");
  std::printf("%d batches in %.1f s, %.0f MiB spilled\n", batch, seconds,
              mib(session.spilled_bytes()));
  return exact && within ? 0 : 1;
}
