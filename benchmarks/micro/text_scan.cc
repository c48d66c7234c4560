// SPDX-License-Identifier: Apache-2.0
//
// Loops over raw text: lines and fields, in bytes a second.
#include "thalweg/columnar/kernels/text_scan.h"

#include <string>

#include <benchmark/benchmark.h>

#include "thalweg/common/random.h"

namespace {

/// 1 MiB of lines of some 80 bytes in words of some 6.
std::string some_text() {
  thalweg::Random random(1);
  std::string text;
  while (text.size() < 1U << 20) {
    for (std::uint64_t word = random.below(20) + 2; word > 0; --word) {
      text.append(random.below(10) + 1, static_cast<char>('a' + random.below(26)));
      text += word == 1 ? '\n' : ' ';
    }
  }
  return text;
}

void find_lines(benchmark::State& state) {
  const std::string text = some_text();
  std::string_view lines[1024];
  for (auto _ : state) {
    const char* position = text.data();
    while (thalweg::find_lines(position, text.data() + text.size(), lines, 1024) > 0) {
      benchmark::DoNotOptimize(lines);
    }
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(find_lines);

void split_fields(benchmark::State& state) {
  const std::string text = some_text();
  std::string_view fields[1024];
  for (auto _ : state) {
    std::size_t offset = 0;
    while (offset != std::string_view::npos) {
      thalweg::split_fields(text, ' ', offset, fields, 1024);
      benchmark::DoNotOptimize(fields);
    }
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(split_fields);

}  // namespace
