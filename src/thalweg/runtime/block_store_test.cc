// SPDX-License-Identifier: Apache-2.0
#include "thalweg/runtime/block_store.h"

#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "thalweg/testing/memory_files.h"
#include "thalweg/testing/temporary_directory.h"

namespace thalweg {
namespace {

using testing::TemporaryDirectory;

/// A block of bytes that says how much memory it takes.
class TextBlock final : public Block {
 public:
  explicit TextBlock(std::string given) : text(std::move(given)) {}
  [[nodiscard]] std::size_t bytes() const override { return text.size(); }
  const std::string text;
};

constexpr BlockCodec text_codec{
    [](const Block& block, Encoder& out) {
      out.put_bytes(static_cast<const TextBlock&>(block).text);
    },
    [](std::string&& bytes) -> Result<std::shared_ptr<const Block>> {
      return std::shared_ptr<const Block>(std::make_shared<TextBlock>(std::move(bytes)));
    }};

BlockId partition(std::int64_t owner, std::int64_t number) {
  return {BlockId::Kind::partition, owner, number, 0};
}

/// A store in a directory of its own.
struct Fixture {
  explicit Fixture(std::int64_t limit_bytes)
      : memory(limit_bytes), store(memory, files, directory.path("spilled")) {}

  void put(BlockId id, std::string text, StorageLevel level = StorageLevel::memory_and_disk) {
    Status stored = store.put(id, std::make_shared<TextBlock>(std::move(text)), level, &text_codec);
    EXPECT_TRUE(stored.ok()) << stored.to_string();
  }
  std::string get(BlockId id) {
    auto block = store.get(id);
    if (!block.ok()) return block.status().to_string();
    if (block.value() == nullptr) return "none";
    return static_cast<const TextBlock&>(*block.value()).text;
  }

  TemporaryDirectory directory;
  LocalFileSystem files;
  MemoryBudget memory;
  BlockStore store;
};

TEST(BlockStoreTest, ReturnsWhatWasStored) {
  Fixture given(1000);

  given.put(partition(1, 0), "first");
  given.put(partition(1, 1), "second");

  EXPECT_EQ(given.get(partition(1, 0)), "first");
  EXPECT_EQ(given.get(partition(1, 1)), "second");
  EXPECT_EQ(given.get(partition(2, 0)), "none");
}

TEST(BlockStoreTest, ReplacesABlockOfTheSameName) {
  Fixture given(1000);

  given.put(partition(1, 0), "old");
  given.put(partition(1, 0), "newer");

  EXPECT_EQ(given.get(partition(1, 0)), "newer");
  EXPECT_EQ(given.store.block_count(), 1U);
  EXPECT_EQ(given.memory.used_bytes(), 5);
}

TEST(BlockStoreTest, WritesTheLongestUntouchedToDiskWhenMemoryIsShort) {
  Fixture given(250);
  given.put(partition(1, 0), std::string(100, 'a'));
  given.put(partition(1, 1), std::string(100, 'b'));
  EXPECT_EQ(given.get(partition(1, 0)), std::string(100, 'a'));

  given.put(partition(1, 2), std::string(100, 'c'));

  EXPECT_EQ(given.store.spilled_bytes(), 100);
  EXPECT_EQ(given.memory.used_bytes(), 200);
  EXPECT_EQ(given.directory.file_count(), 1);
  EXPECT_EQ(given.get(partition(1, 0)), std::string(100, 'a'));
  EXPECT_EQ(given.get(partition(1, 1)), std::string(100, 'b'));
  EXPECT_EQ(given.get(partition(1, 2)), std::string(100, 'c'));
}

TEST(BlockStoreTest, WritesBlocksOfAShuffleToDiskInTheOrderInWhichTheyCame) {
  Fixture given(250);
  const BlockId first{BlockId::Kind::shuffle, 1, 0, 0};
  given.put(first, std::string(100, 'a'));
  given.put({BlockId::Kind::shuffle, 1, 0, 1}, std::string(100, 'b'));
  EXPECT_EQ(given.get(first), std::string(100, 'a'));

  given.put(partition(2, 0), std::string(100, 'c'));
  given.store.remove(first);

  EXPECT_EQ(given.directory.file_count(), 0) << "the first was the one on disk";
  EXPECT_EQ(given.memory.used_bytes(), 200);
}

TEST(BlockStoreTest, DropsBlocksOfLevelMemoryWhenMemoryIsShort) {
  Fixture given(150);
  given.put(partition(1, 0), std::string(100, 'a'), StorageLevel::memory);

  given.put(partition(1, 1), std::string(100, 'b'), StorageLevel::memory_and_disk);

  EXPECT_EQ(given.get(partition(1, 0)), "none");
  EXPECT_EQ(given.get(partition(1, 1)), std::string(100, 'b'));
  EXPECT_EQ(given.store.spilled_bytes(), 0);
}

TEST(BlockStoreTest, KeepsBlocksOfLevelDiskOnDiskOnly) {
  Fixture given(1000);

  given.put(partition(1, 0), "on disk", StorageLevel::disk);

  EXPECT_EQ(given.memory.used_bytes(), 0);
  EXPECT_EQ(given.directory.file_count(), 1);
  EXPECT_EQ(given.get(partition(1, 0)), "on disk");
}

TEST(BlockStoreTest, LeavesNothingOnADiskThatItAbandoned) {
  Fixture given(150);
  given.put(partition(1, 0), std::string(100, 'a'));
  given.put(partition(1, 1), std::string(100, 'b'));
  ASSERT_EQ(given.directory.file_count(), 1);

  EXPECT_TRUE(given.store.abandon_disk().ok());

  auto block = std::make_shared<TextBlock>(std::string(100, 'c'));
  Status stored = given.store.put(partition(1, 2), std::move(block), StorageLevel::memory_and_disk,
                                  &text_codec);
  EXPECT_EQ(stored.to_string(), "cancelled: the session has ended");
  EXPECT_EQ(given.files.list(given.directory.path("spilled")).status().code(),
            ErrorCode::not_found);
  EXPECT_EQ(given.get(partition(1, 0)), "cancelled: the session has ended");
  EXPECT_EQ(given.get(partition(1, 1)), std::string(100, 'b'));
}

TEST(BlockStoreTest, AForkedProcessLeavesTheDiskOfItsParent) {
  Fixture given(1000);
  given.put(partition(1, 0), "on disk", StorageLevel::disk);

  if (pid_t child = ::fork(); child != 0) {
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  } else {
    bool abandoned = given.store.abandon_disk().ok();
    given.store.~BlockStore();
    ::_exit(abandoned ? 0 : 1);
  }

  EXPECT_EQ(given.get(partition(1, 0)), "on disk");
}

TEST(BlockStoreTest, KeepsABlockWithoutAByteFormInMemory) {
  Fixture given(50);
  auto block = std::make_shared<TextBlock>(std::string(100, 'a'));

  Status stored = given.store.put(partition(1, 0), block, StorageLevel::memory_and_disk, nullptr);
  block.reset();

  EXPECT_TRUE(stored.ok());
  EXPECT_EQ(given.directory.file_count(), 0);
  EXPECT_EQ(given.get(partition(1, 0)), std::string(100, 'a'));
}

/// A disk that takes so many files whole, and of the next only the start.
class FullDisk final : public testing::MemoryFiles {
 public:
  int free_files = 0;

  Status make_directories(const std::string&) override { return {}; }
  Status remove(const std::string& path) override {
    files.erase(path);
    return {};
  }
  Result<std::unique_ptr<WritableFile>> open_write(const std::string& path) override {
    return std::unique_ptr<WritableFile>(std::make_unique<File>(*this, path));
  }

 private:
  class File final : public WritableFile {
   public:
    File(FullDisk& disk, const std::string& path) : disk_(disk), bytes_(disk.files[path]) {}
    Status append(std::string_view bytes) override {
      bool fits = disk_.free_files-- > 0;
      bytes_ += bytes.substr(0, fits ? bytes.size() : 1);
      return fits ? Status() : Status(ErrorCode::unavailable, "no space left on device");
    }
    Status sync() override { return {}; }
    Status close() override { return {}; }

   private:
    FullDisk& disk_;
    std::string& bytes_;
  };
};

TEST(BlockStoreTest, KeepsABlockThoughTheDiskIsFullAndLeavesNoHalfFile) {
  FullDisk disk;
  MemoryBudget memory(150);
  BlockStore store(memory, disk, "spilled");
  auto put = [&](int number) {
    return store.put(partition(1, number), std::make_shared<TextBlock>(std::string(100, 'a')),
                     StorageLevel::memory_and_disk, &text_codec);
  };
  EXPECT_TRUE(put(0).ok());

  EXPECT_EQ(put(1).to_string(), "unavailable: no space left on device");

  EXPECT_TRUE(store.contains(partition(1, 0)));
  EXPECT_TRUE(store.contains(partition(1, 1)));
  EXPECT_TRUE(disk.files.empty());
  EXPECT_EQ(store.spilled_bytes(), 0);
  disk.free_files = 1;
  EXPECT_TRUE(store.make_room().ok());
  EXPECT_EQ(memory.used_bytes(), 100);
  EXPECT_EQ(store.spilled_bytes(), 100);
}

TEST(BlockStoreTest, LeavesABlockInMemoryWhileSomeoneReadsIt) {
  Fixture given(150);
  given.put(partition(1, 0), std::string(100, 'a'));
  auto held = given.store.get(partition(1, 0));
  ASSERT_TRUE(held.ok());

  given.put(partition(1, 1), std::string(100, 'b'));

  EXPECT_EQ(static_cast<const TextBlock&>(*held.value()).text, std::string(100, 'a'));
  EXPECT_EQ(given.store.spilled_bytes(), 100) << "the block nobody reads went";
  EXPECT_EQ(given.get(partition(1, 1)), std::string(100, 'b'));
}

TEST(BlockStoreTest, ChargesARemovedBlockUntilItsReaderLetsGo) {
  Fixture given(1000);
  given.put(partition(1, 0), std::string(100, 'a'));
  {
    auto held = given.store.get(partition(1, 0));
    given.store.remove(partition(1, 0));
    EXPECT_EQ(given.memory.used_bytes(), 100);
  }

  EXPECT_EQ(given.memory.used_bytes(), 0);
}

TEST(BlockStoreTest, ReportsADamagedSpillFileAsDataLoss) {
  Fixture given(1000);
  given.put(partition(1, 0), "on disk", StorageLevel::disk);
  std::string file;
  for (const auto& entry : std::filesystem::directory_iterator(given.directory.path("spilled"))) {
    file = entry.path().string();
  }

  std::ofstream(file) << "on desk";

  EXPECT_EQ(given.get(partition(1, 0)),
            "data_loss: spilled block does not hold what was written: " + file);
}

TEST(BlockStoreTest, RemovesTheFilesOfRemovedBlocks) {
  Fixture given(1000);
  given.put(partition(1, 0), "a", StorageLevel::disk);
  given.put(partition(1, 1), "b", StorageLevel::disk);
  given.put({BlockId::Kind::shuffle, 1, 0, 0}, "c", StorageLevel::disk);
  given.put(partition(2, 0), "d", StorageLevel::disk);

  given.store.remove(partition(1, 0));
  EXPECT_EQ(given.directory.file_count(), 3);
  given.store.remove_all(BlockId::Kind::partition, 1);

  EXPECT_EQ(given.directory.file_count(), 2);
  EXPECT_EQ(given.get(partition(1, 1)), "none");
  EXPECT_EQ(given.get({BlockId::Kind::shuffle, 1, 0, 0}), "c");
  EXPECT_EQ(given.get(partition(2, 0)), "d");
}

TEST(BlockStoreTest, RemovesItsDirectoryAtTheEnd) {
  TemporaryDirectory directory;
  LocalFileSystem files;
  MemoryBudget memory(1000);
  {
    BlockStore store(memory, files, directory.path("spilled"));
    EXPECT_TRUE(
        store
            .put(partition(1, 0), std::make_shared<TextBlock>("a"), StorageLevel::disk, &text_codec)
            .ok());
    EXPECT_EQ(directory.file_count(), 1);
  }

  EXPECT_FALSE(std::filesystem::exists(directory.path("spilled")));
  EXPECT_EQ(memory.used_bytes(), 0);
}

TEST(BlockStoreTest, ReportsADirectoryThatCannotBeMade) {
  TemporaryDirectory directory;
  LocalFileSystem files;
  MemoryBudget memory(1000);
  BlockStore store(memory, files, directory.write("taken", "a file") + "/spilled");

  Status stored =
      store.put(partition(1, 0), std::make_shared<TextBlock>("a"), StorageLevel::disk, &text_codec);

  EXPECT_FALSE(stored.ok());
  EXPECT_NE(stored.message().find("taken/spilled"), std::string_view::npos) << stored.to_string();
}

TEST(BlockStoreTest, ServesManyThreadsUnderASmallLimit) {
  Fixture given(2000);
  auto text_of = [](int thread, int i) {
    return std::string(100, static_cast<char>('a' + (thread * 7 + i) % 26));
  };

  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 50; ++i) given.put(partition(thread, i), text_of(thread, i));
      for (int i = 0; i < 50; ++i) {
        EXPECT_EQ(given.get(partition(thread, i)), text_of(thread, i));
        if (i % 2 == 0) given.store.remove(partition(thread, i));
      }
    });
  }
  for (auto& thread : threads) thread.join();

  EXPECT_EQ(given.store.block_count(), 100U);
  EXPECT_LE(given.memory.used_bytes(), 2000);
  EXPECT_GT(given.store.spilled_bytes(), 0);
}

}  // namespace
}  // namespace thalweg
