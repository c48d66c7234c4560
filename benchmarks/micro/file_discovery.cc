// SPDX-License-Identifier: Apache-2.0
//
// What a stream of files pays at each batch: listing a directory of the local disk in which all but
// a few files were read, and what it remembers of them.
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include <benchmark/benchmark.h>

#include "thalweg/common/virtual_clock.h"
#include "thalweg/connectors/registry.h"

namespace {

using namespace thalweg;

/// A directory with so many small files, made once a size.
class Directory {
 public:
  explicit Directory(std::int64_t files) {
    path_ = (std::filesystem::temp_directory_path() / "thalweg-files-XXXXXX").string();
    if (::mkdtemp(path_.data()) == nullptr) std::abort();
    for (std::int64_t i = 0; i < files; ++i) add("part-" + std::to_string(i) + ".json");
  }
  ~Directory() { std::filesystem::remove_all(path_); }
  void add(const std::string& name) const { std::ofstream(path_ + "/" + name) << "{}\n"; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// A source of the files of a directory.
struct FilesSource {
  explicit FilesSource(std::int64_t files) : directory(files) {
    auto made = make_source("files", {{"path", directory.path()}, {"maxFilesPerTrigger", "100000"}},
                            {clock, memory, systems, {}});
    if (!made.ok()) std::abort();
    source = std::move(made).value();
  }

  Directory directory;
  VirtualClock clock;
  MemoryBudget memory{std::int64_t{1} << 40};
  FileSystems systems;
  std::unique_ptr<Source> source;
};

/// A batch with one new file; the argument is how many there are already.
void find_one_new_file(benchmark::State& state) {
  FilesSource files(state.range(0));
  std::string resume;
  auto look = [&] {
    auto found = files.source->discover(resume);
    if (!found.ok()) std::abort();
    resume = found.value().resume;
    return found.value().partitions.size();
  };
  while (look() > 0) {
  }
  int added = 0;
  for (auto _ : state) {
    state.PauseTiming();
    files.directory.add("new-" + std::to_string(added++));
    state.ResumeTiming();
    if (look() != 1) std::abort();
  }
  state.counters["remembered_bytes"] = static_cast<double>(files.memory.used_bytes());
  state.counters["checkpoint_bytes"] = static_cast<double>(files.source->memory(resume).size());
}
BENCHMARK(find_one_new_file)->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

/// The same for writing down what is remembered.
void write_memory(benchmark::State& state) {
  FilesSource files(state.range(0));
  auto found = files.source->discover("");
  if (!found.ok()) std::abort();
  for (auto _ : state) benchmark::DoNotOptimize(files.source->memory(found.value().resume));
}
BENCHMARK(write_memory)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace
