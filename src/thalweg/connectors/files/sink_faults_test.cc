// SPDX-License-Identifier: Apache-2.0
//
// A program that writes three epochs with a fault at each of its calls, once and for good; then the
// power is cut, and another program goes on. Each row has to be there once.
#include <map>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "thalweg/common/virtual_clock.h"
#include "thalweg/connectors/registry.h"
#include "thalweg/testing/faulty_files.h"

namespace thalweg {
namespace {

using testing::FaultyFiles;

constexpr SinkEpoch epochs = 3;
constexpr int writers = 2;

/// Writer 1 has nothing to write in epoch 2.
std::string share(SinkEpoch epoch, int writer) {
  if (epoch == 2 && writer == 1) return "";
  return "row of " + std::to_string(epoch) + "/" + std::to_string(writer) + "\n";
}

Status write_epoch(Sink& sink, SinkEpoch epoch, int attempt) {
  std::vector<std::unique_ptr<SinkWriter>> open;
  std::vector<std::string> sealed;
  for (int i = 0; i < writers; ++i) {
    THALWEG_TRY_ASSIGN(auto writer, sink.open(i, writers));
    THALWEG_TRY_ASSIGN(SinkEpoch committed, writer->committed());
    if (committed >= epoch) return {};
    THALWEG_TRY(writer->begin(epoch, attempt));
    THALWEG_TRY(writer->write(Batch::of_text(share(epoch, i))));
    THALWEG_TRY_ASSIGN(std::string text, writer->seal());
    sealed.push_back(std::move(text));
    open.push_back(std::move(writer));
  }
  for (int i = 0; i < writers; ++i) {
    auto at = static_cast<std::size_t>(i);
    THALWEG_TRY(open[at]->commit(epoch, sealed[at]));
  }
  return sink.commit(epoch, sealed);
}

/// Runs the epochs behind `done`, each at most twice, as the engine does. Returns the last one that
/// succeeded.
SinkEpoch run(const std::shared_ptr<FaultyFiles>& files, SinkEpoch done) {
  VirtualClock clock;
  MemoryBudget memory(1 << 20);
  FileSystems systems;
  systems.add("faulty", files);
  auto sink = make_sink("files", {{"path", "faulty://out"}}, {clock, memory, systems, {}});
  if (!sink.ok()) return done;
  for (SinkEpoch epoch = done + 1; epoch <= epochs; ++epoch) {
    if (!write_epoch(*sink.value(), epoch, 0).ok() && !write_epoch(*sink.value(), epoch, 1).ok()) {
      return epoch - 1;
    }
  }
  return epochs;
}

/// What a reader sees that lists part-*.
std::map<std::string, int> rows_in(FaultyFiles& files) {
  std::map<std::string, int> rows;
  for (const auto& [path, bytes] : files.files()) {
    if (path.starts_with("out/part-")) ++rows[bytes];
  }
  return rows;
}

std::map<std::string, int> rows_up_to(SinkEpoch last) {
  std::map<std::string, int> rows;
  for (SinkEpoch epoch = 1; epoch <= last; ++epoch) {
    for (int i = 0; i < writers; ++i) {
      if (!share(epoch, i).empty()) rows[share(epoch, i)] = 1;
    }
  }
  return rows;
}

// proves: files: resume after kill
TEST(FilesSinkFaultsTest, EachRowIsThereOnceWhateverFailedAndWheneverThePowerWent) {
  int programs = 0;
  for (bool for_good : {false, true}) {
    for (std::uint64_t at = 1;; ++at) {
      auto files = std::make_shared<FaultyFiles>(at);
      files->inject({.at = at, .for_good = for_good});
      SinkEpoch done = run(files, 0);
      if (!files->fault_happened()) break;
      ++programs;
      for (std::uint64_t seed = 0; seed < 12; ++seed) {
        SCOPED_TRACE("call " + std::to_string(at) + (for_good ? " for good" : " once") +
                     ", power cut " + std::to_string(seed));
        auto disk = files->crash(seed);
        auto rows = rows_in(*disk);
        for (const auto& [row, count] : rows_up_to(done)) {
          EXPECT_EQ(rows[row], 1) << "lost, or cut: " << row;
        }

        EXPECT_EQ(run(disk, done), epochs);

        EXPECT_EQ(rows_in(*disk), rows_up_to(epochs));
      }
      if (::testing::Test::HasFailure()) return;
    }
  }
  EXPECT_GT(programs, 60);
}

}  // namespace
}  // namespace thalweg
