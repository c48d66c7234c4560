// SPDX-License-Identifier: Apache-2.0
//
// Counting by key in a table, by number of keys and kind of key, in rows a second.
#include "thalweg/rdd/keyed_table.h"

#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "thalweg/common/random.h"

namespace {

constexpr std::size_t rows = 1'000'000;

template <typename K>
void count(benchmark::State& state, const std::vector<K>& keys) {
  for (auto _ : state) {
    thalweg::KeyedTable<K, int> table;
    for (const K& key : keys) {
      table.upsert(
          key, thalweg::RecordTraits<K>::hash(key), [] { return 1; }, [](int& sum) { ++sum; });
    }
    benchmark::DoNotOptimize(table.size());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(keys.size()));
}

void count_numbers(benchmark::State& state) {
  thalweg::Random random(1);
  std::vector<std::int64_t> keys(rows);
  for (auto& key : keys) {
    key = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(state.range(0))));
  }
  count(state, keys);
}
BENCHMARK(count_numbers)->Arg(5'000)->Arg(200'000)->Unit(benchmark::kMillisecond);

void count_words(benchmark::State& state) {
  thalweg::Random random(1);
  std::vector<std::string> words;
  for (std::int64_t i = 0; i < state.range(0); ++i) words.push_back("w" + std::to_string(i * 7919));
  std::vector<std::string_view> keys(rows);
  for (auto& key : keys) key = words[random.below(words.size())];
  count(state, keys);
}
BENCHMARK(count_words)->Arg(5'000)->Arg(200'000)->Unit(benchmark::kMillisecond);

}  // namespace
