// SPDX-License-Identifier: Apache-2.0
//
// A program that writes three epochs with a fault at each of its calls, once and for good; then the
// power is cut, and another program goes on. Each row has to be there once.
#include <map>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "thalweg/columnar/column.h"
#include "thalweg/common/virtual_clock.h"
#include "thalweg/connectors/registry.h"
#include "thalweg/testing/faulty_files.h"

namespace thalweg {
namespace {

using testing::FaultyFiles;
using testing::FileOperation;

constexpr SinkEpoch epochs = 3;
constexpr int writers = 2;

/// Writer 1 has nothing to write in epoch 2.
std::string share(SinkEpoch epoch, int writer) {
  if (epoch == 2 && writer == 1) return "";
  return "row of " + std::to_string(epoch) + "/" + std::to_string(writer) + "\n";
}

/// How a program writes: all rows into one directory, or each into that of its epoch's half; each
/// file by itself, or merged: those of the first two epochs, and what is left at the end.
struct Kind {
  bool divides = false;
  bool merges = false;
};

OptionTexts options_of(Kind kind) {
  OptionTexts options{{"path", "faulty://out"}, {"partitionBy", kind.divides ? "day" : ""}};
  if (kind.merges) options["mergeBytes"] = kind.divides ? "50" : "30";
  return options;
}

/// A share as rows (day, text), two of them, where they are divided by day.
Batch rows_of(SinkEpoch epoch, int writer, Kind kind) {
  std::string text = share(epoch, writer);
  if (!kind.divides || text.empty()) return Batch::of_text(text);
  std::vector<ColumnBuilder> columns;
  columns.emplace_back(Field{"day", Type::int64});
  columns.emplace_back(Field{"text", Type::text});
  text.pop_back();
  for (std::int64_t day : {0, 1}) {
    columns[0].append_integer(day);
    columns[1].append_text(text + " of day " + std::to_string(day));
  }
  return build_batch(std::move(columns)).value();
}

Status write_epoch(Sink& sink, SinkEpoch epoch, int attempt, Kind kind) {
  std::vector<std::unique_ptr<SinkWriter>> open;
  std::vector<std::string> sealed;
  for (int i = 0; i < writers; ++i) {
    THALWEG_TRY_ASSIGN(auto writer, sink.open(i, writers));
    THALWEG_TRY_ASSIGN(SinkEpoch committed, writer->committed());
    if (committed >= epoch) return {};
    THALWEG_TRY(writer->begin(epoch, attempt));
    THALWEG_TRY(writer->write(rows_of(epoch, i, kind)));
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
SinkEpoch run(const std::shared_ptr<FaultyFiles>& files, SinkEpoch done, Kind kind) {
  VirtualClock clock;
  MemoryBudget memory(1 << 20);
  FileSystems systems;
  systems.add("faulty", files);
  auto sink = make_sink("files", options_of(kind), {clock, memory, systems, {}});
  if (!sink.ok()) return done;
  for (SinkEpoch epoch = done + 1; epoch <= epochs; ++epoch) {
    if (!write_epoch(*sink.value(), epoch, 0, kind).ok() &&
        !write_epoch(*sink.value(), epoch, 1, kind).ok()) {
      return epoch - 1;
    }
  }
  if (!sink.value()->end().ok()) (void)sink.value()->end();
  return epochs;
}

/// What a reader sees that lists part-*.
std::map<std::string, int> rows_in(FaultyFiles& files) {
  std::map<std::string, int> rows;
  for (const auto& [path, bytes] : files.files()) {
    if (!path.starts_with("out/part-") && !path.starts_with("out/day=")) continue;
    for (std::size_t begin = 0; begin < bytes.size();) {
      std::size_t end = bytes.find('\n', begin);
      end = end == std::string::npos ? bytes.size() : end + 1;
      ++rows[bytes.substr(begin, end - begin)];
      begin = end;
    }
  }
  return rows;
}

std::map<std::string, int> rows_up_to(SinkEpoch last, Kind kind) {
  std::map<std::string, int> rows;
  for (SinkEpoch epoch = 1; epoch <= last; ++epoch) {
    for (int i = 0; i < writers; ++i) {
      std::string text = share(epoch, i);
      if (text.empty()) continue;
      if (!kind.divides) rows[text] = 1;
      text.pop_back();
      for (const char* day : {"0", "1"}) {
        if (kind.divides) rows[text + " of day " + day + "\n"] = 1;
      }
    }
  }
  return rows;
}

/// Each row has to be there once whatever call of `kind` failed.
void try_all_faults(Kind kind) {
  int programs = 0;
  for (bool for_good : {false, true}) {
    for (std::uint64_t at = 1;; ++at) {
      auto files = std::make_shared<FaultyFiles>(at);
      files->inject({.at = at, .for_good = for_good});
      SinkEpoch done = run(files, 0, kind);
      if (!files->fault_happened()) break;
      ++programs;
      for (std::uint64_t seed = 0; seed < 12; ++seed) {
        SCOPED_TRACE("call " + std::to_string(at) + (for_good ? " for good" : " once") +
                     ", power cut " + std::to_string(seed));
        auto disk = files->crash(seed);
        auto rows = rows_in(*disk);
        for (const auto& [row, count] : rows_up_to(done, kind)) {
          // Those that wait are not seen yet.
          EXPECT_GE(rows[row], kind.merges ? 0 : 1) << "lost, or cut: " << row;
          EXPECT_LE(rows[row], 1) << "twice: " << row;
        }

        EXPECT_EQ(run(disk, done, kind), epochs);

        EXPECT_EQ(rows_in(*disk), rows_up_to(epochs, kind));
      }
      if (::testing::Test::HasFailure()) return;
    }
  }
  EXPECT_GT(programs, 60);
}

// proves: files: resume after kill
TEST(FilesSinkFaultsTest, EachRowIsThereOnceWhateverFailedAndWheneverThePowerWent) {
  try_all_faults({});
}

// proves: files: resume after kill
TEST(FilesSinkFaultsTest, SoItIsInDirectoriesOfColumns) { try_all_faults({.divides = true}); }

// proves: files: resume after kill
TEST(FilesSinkFaultsTest, SoItIsWhereSmallFilesAreMerged) { try_all_faults({.merges = true}); }

// proves: files: resume after kill
TEST(FilesSinkFaultsTest, SoItIsWhereThoseOfDirectoriesAreMerged) {
  try_all_faults({.divides = true, .merges = true});
}

// proves: weather: disk full at the sink
TEST(FilesSinkFaultsTest, SaysThatTheDiskIsFullAndGoesOnOnceThereIsRoom) {
  auto files = std::make_shared<FaultyFiles>(1);
  VirtualClock clock;
  MemoryBudget memory(1 << 20);
  FileSystems systems;
  systems.add("faulty", files);
  auto sink = make_sink("files", {{"path", "faulty://out"}}, {clock, memory, systems, {}});
  ASSERT_TRUE(write_epoch(*sink.value(), 1, 0, {}).ok());
  const std::string reason = "file cannot be written: out/f (No space left on device)";
  files->inject({.at = 1,
                 .for_good = true,
                 .only = FileOperation::append,
                 .failure = Status(ErrorCode::unavailable, reason)});

  Status full = write_epoch(*sink.value(), 2, 0, {});

  EXPECT_EQ(full.to_string(), "unavailable: " + reason);
  EXPECT_EQ(rows_in(*files), rows_up_to(1, {})) << "a part of an epoch is seen";
  files->inject({.at = 1'000'000});
  EXPECT_TRUE(write_epoch(*sink.value(), 2, 1, {}).ok());
  EXPECT_EQ(rows_in(*files), rows_up_to(2, {}));
}

}  // namespace
}  // namespace thalweg
