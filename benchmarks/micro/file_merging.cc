// SPDX-License-Identifier: Apache-2.0
//
// What the batch pays that merges: small files of a local directory into one.
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

#include "thalweg/columnar/column.h"
#include "thalweg/common/virtual_clock.h"
#include "thalweg/connectors/registry.h"

namespace {

using namespace thalweg;

constexpr std::int64_t rows_of_file = 20'000;

/// Rows (id, text), 1.2 MB as JSON, 0.5 MB as Parquet.
Batch make_rows() {
  std::vector<ColumnBuilder> columns;
  columns.emplace_back(Field{"id", Type::int64});
  columns.emplace_back(Field{"text", Type::text});
  std::uint32_t id = 1;
  for (std::int64_t i = 0; i < rows_of_file; ++i) {
    id = id * 1664525 + 1013904223;
    columns[0].append_integer(id);
    columns[1].append_text("user" + std::to_string(id % 100'000) + " looked at page " +
                           std::to_string(id >> 7));
  }
  return build_batch(std::move(columns)).value();
}

void write_epoch(Sink& sink, SinkEpoch epoch, const Batch& rows) {
  auto writer = sink.open(0, 1).value();
  bool well = writer->begin(epoch, 0).ok() && writer->write(rows).ok();
  std::string sealed = writer->seal().value();
  well = well && writer->commit(epoch, sealed).ok();
  if (!well || !sink.commit(epoch, std::vector{sealed}).ok()) std::abort();
}

/// The argument is how many files wait.
void merge_files(benchmark::State& state, const std::string& format) {
  VirtualClock clock;
  MemoryBudget memory(std::int64_t{1} << 40);
  FileSystems systems;
  Batch rows = make_rows();
  for (auto _ : state) {
    state.PauseTiming();
    std::string path = (std::filesystem::temp_directory_path() / "thalweg-files-XXXXXX").string();
    if (::mkdtemp(path.data()) == nullptr) std::abort();
    OptionTexts options{{"path", path}, {"format", format}, {"mergeBytes", "1000000000"}};
    auto sink = make_sink("files", options, {clock, memory, systems, {}}).value();
    for (SinkEpoch epoch = 1; epoch <= state.range(0); ++epoch) write_epoch(*sink, epoch, rows);
    state.ResumeTiming();
    if (!sink->end().ok()) std::abort();
    state.PauseTiming();
    std::filesystem::remove_all(path);
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0) * rows_of_file);
}
BENCHMARK_CAPTURE(merge_files, json, "json")->Arg(100)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(merge_files, csv, "csv")->Arg(100)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(merge_files, parquet, "parquet")->Arg(100)->Unit(benchmark::kMillisecond);

}  // namespace
