// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "thalweg/common/virtual_clock.h"
#include "thalweg/connectors/registry.h"
#include "thalweg/testing/memory_files.h"

namespace thalweg::testing {

/// A source of files that are in memory, at memory://in. Times are seconds since 1970.
class FileSourceTest : public ::testing::Test {
 protected:
  using Names = std::vector<std::string>;

  FileSourceTest() : clock_(Time(std::chrono::hours(1'000'000))) { systems_.add("memory", files_); }

  void add(const std::string& name, const std::string& bytes, std::int64_t second = 100) {
    files_->files["in/" + name] = bytes;
    files_->modified["in/" + name] = Time(std::chrono::seconds(second));
  }

  Result<std::unique_ptr<Source>> try_open(OptionTexts options) {
    options.emplace("path", "memory://in");
    return make_source("files", options, {clock_, memory_, systems_, stop_.get_token(), &wanted_});
  }
  std::unique_ptr<Source> open(OptionTexts options = {}) {
    auto source = try_open(std::move(options));
    EXPECT_TRUE(source.ok()) << source.status().to_string();
    return std::move(source).value();
  }

  /// Names below "in/" of what a call of discover() gives; it goes on where the last one ended.
  Names found(Source& source) {
    auto discovered = source.discover(resume_);
    EXPECT_TRUE(discovered.ok()) << discovered.status().to_string();
    Names names;
    for (const auto& partition : discovered.value().partitions) {
      names.push_back(partition.text.substr(12, partition.text.find(';') - 12));
    }
    partitions_ = discovered.value().partitions;
    resume_ = discovered.value().resume;
    return names;
  }

  /// What the first `partitions_` have, `rows_max` rows a poll.
  struct Contents {
    std::vector<std::string> lines;
    std::vector<std::string> rejected;  ///< "position: reason: bytes".
    Status failure;
    friend bool operator==(const Contents& a, const Contents& b) {
      return a.lines == b.lines && a.rejected == b.rejected;
    }
  };
  Contents read(Source& source, std::size_t rows_max = 1000) {
    Contents contents;
    for (const auto& partition : partitions_) {
      Position position;
      while (contents.failure.ok()) {
        auto reader = source.open(partition, position);
        if (!reader.ok()) {
          contents.failure = reader.status();
          break;
        }
        bool over = read_some(*reader.value(), rows_max, contents);
        position = reader.value()->position();
        if (over || !reopen_) break;
      }
    }
    return contents;
  }

  VirtualClock clock_;
  MemoryBudget memory_{1 << 20};
  FileSystems systems_;
  std::shared_ptr<MemoryFiles> files_ = std::make_shared<MemoryFiles>();
  std::stop_source stop_;
  Schema wanted_{{{"value", Type::text}}};
  std::string resume_;
  std::vector<Partition> partitions_;
  bool reopen_ = false;  ///< Whether each poll is one of another reader.

 private:
  /// True when the reader has finished, or failed.
  bool read_some(PartitionReader& reader, std::size_t rows_max, Contents& contents) {
    do {
      auto polled = reader.poll(rows_max, Duration(0));
      if (!polled.ok()) {
        contents.failure = polled.status();
        return true;
      }
      std::string_view text = polled.value().batch.text();
      while (!text.empty()) {
        contents.lines.emplace_back(text.substr(0, text.find('\n')));
        text.remove_prefix(text.find('\n') + 1);
      }
      for (const auto& rejected : polled.value().rejected) {
        contents.rejected.push_back(rejected.position.text + ": " + rejected.reason + ": " +
                                    rejected.bytes);
      }
    } while (!reader.finished() && !reopen_);
    return reader.finished();
  }
};

}  // namespace thalweg::testing
