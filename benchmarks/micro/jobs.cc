// SPDX-License-Identifier: Apache-2.0
//
// Whole jobs on two threads: what scheduling costs, what a shuffle costs, what a filter costs.
#include <functional>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "thalweg/rdd/context.h"

namespace {

using thalweg::Context;
using thalweg::Session;

void job_of_two_tasks(benchmark::State& state) {
  Context context{Session("local[2]")};
  auto none = context.range(0, 0, 1, 2);
  for (auto _ : state) benchmark::DoNotOptimize(none.count());
}
BENCHMARK(job_of_two_tasks)->UseRealTime()->Unit(benchmark::kMicrosecond);

/// Made anew each time, as a batch of a stream is: two stages of two tasks over nothing.
void empty_reduce_by_key(benchmark::State& state) {
  Context context{Session("local[2]")};
  for (auto _ : state) {
    auto sums = context.range(0, 0, 1, 2)
                    .map([](auto x) { return std::pair(x, x); })
                    .reduce_by_key(std::plus<>());
    benchmark::DoNotOptimize(sums.count());
  }
}
BENCHMARK(empty_reduce_by_key)->UseRealTime()->Unit(benchmark::kMicrosecond);

/// A million pairs; the argument is the number of keys.
void reduce_by_key(benchmark::State& state) {
  constexpr std::int64_t rows = 1'000'000;
  Context context{Session("local[2]")};
  const std::int64_t keys = state.range(0);
  for (auto _ : state) {
    auto sums = context.range(0, rows, 1, 2)
                    .map([keys](auto x) { return std::pair(x * 7919 % keys, x); })
                    .reduce_by_key(std::plus<>());
    benchmark::DoNotOptimize(sums.count());
  }
  state.SetItemsProcessed(state.iterations() * rows);
}
BENCHMARK(reduce_by_key)->Arg(5'000)->Arg(1'000'000)->UseRealTime()->Unit(benchmark::kMillisecond);

void filter_text(benchmark::State& state) {
  constexpr std::int64_t rows = 1'000'000;
  Context context{Session("local[2]")};
  std::vector<std::string> texts;
  for (std::int64_t i = 0; i < rows; ++i) {
    texts.push_back("a line of text with number " + std::to_string(i));
  }
  auto lines = context.parallelize(std::vector<std::string_view>(texts.begin(), texts.end()));
  for (auto _ : state) {
    auto found = lines.filter([](std::string_view line) { return line.ends_with("77"); });
    benchmark::DoNotOptimize(found.count());
  }
  state.SetItemsProcessed(state.iterations() * rows);
}
BENCHMARK(filter_text)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
