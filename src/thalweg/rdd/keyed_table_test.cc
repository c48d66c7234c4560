// SPDX-License-Identifier: Apache-2.0
#include "thalweg/rdd/keyed_table.h"

#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include <gtest/gtest.h>

#include "thalweg/common/fields.h"
#include "thalweg/common/random.h"
#include "thalweg/rdd/block_file.h"
#include "thalweg/rdd/partitioner.h"
#include "thalweg/rdd/row_block.h"
#include "thalweg/testing/error_of.h"
#include "thalweg/testing/temporary_directory.h"

namespace thalweg {
namespace {

using testing::error_of;
using testing::TemporaryDirectory;

struct Visit {
  std::int64_t id = 0;
  std::string_view page;
  std::optional<double> seconds;
  bool operator==(const Visit&) const = default;
};
THALWEG_FIELDS(Visit, id, page, seconds)

/// A key of letters: most are short, some just about as long as what lies in place, some long.
std::string random_key(Random& random) {
  std::size_t size = random.below(3) == 0 ? random.below(40) : random.below(14);
  std::string key;
  for (std::size_t i = 0; i < size; ++i) key += static_cast<char>('a' + random.below(3));
  return key;
}

template <typename K>
void count(KeyedTable<K, int>& table, const K& key) {
  table.upsert(
      key, RecordTraits<K>::hash(key), [] { return 1; }, [](int& sum) { ++sum; });
}

TEST(KeyedTableTest, CountsTextAsAStandardMapDoes) {
  Random random(1);
  KeyedTable<std::string_view, int> table;
  std::unordered_map<std::string, int> expected;

  for (int i = 0; i < 50'000; ++i) {
    std::string key = random_key(random);
    ++expected[key];
    count<std::string_view>(table, key);  // The key goes; the table has a copy.
  }

  EXPECT_EQ(table.size(), expected.size());
  for (const auto& entry : table.entries()) {
    ASSERT_EQ(entry.value, expected.at(std::string(entry.key.get())));
  }
  for (const auto& [key, sum] : expected) {
    int* found = table.find(key, hash_bytes(key));
    ASSERT_NE(found, nullptr) << key;
    ASSERT_EQ(*found, sum);
  }
}

TEST(KeyedTableTest, CountsNumbersAsAStandardMapDoes) {
  Random random(2);
  KeyedTable<std::int64_t, int> table;
  std::unordered_map<std::int64_t, int> expected;

  for (int i = 0; i < 100'000; ++i) {
    auto key = static_cast<std::int64_t>(random.below(30'000)) - 15'000;
    ++expected[key];
    count(table, key);
  }

  EXPECT_EQ(table.size(), expected.size());
  for (const auto& entry : table.entries()) {
    ASSERT_EQ(entry.value, expected.at(entry.key.get()));
  }
  EXPECT_EQ(table.find(15'001, RecordTraits<std::int64_t>::hash(15'001)), nullptr);
}

TEST(KeyedTableTest, KeepsKeysInTheOrderInWhichTheyCame) {
  for (std::size_t expected_keys : {0U, 10'000U}) {
    KeyedTable<std::string_view, int> table(expected_keys);
    std::vector<std::string> keys;
    for (int i = 0; i < 1'000; ++i) keys.push_back(std::to_string(i * 7919 % 1000));

    for (int round = 0; round < 2; ++round) {
      for (const auto& key : keys) count<std::string_view>(table, key);
    }

    std::vector<std::string> in_table;
    for (const auto& entry : table.entries()) in_table.emplace_back(entry.key.get());
    EXPECT_EQ(in_table, keys);
  }
}

TEST(KeyedTableTest, DoesNotGrowWhereItHasTheKeysItExpects) {
  using Table = KeyedTable<std::int64_t, int>;
  Table table(10'000);
  const std::size_t bytes = table.bytes();

  for (std::int64_t key = 0; key < 10'000; ++key) count(table, key);

  EXPECT_EQ(table.bytes(), bytes);
  EXPECT_LE(bytes, 10'000 * Table::expected_bytes_max);
}

TEST(TableSizeTest, ExpectsTheSmallerOfTheLastTwo) {
  TableSize size;
  EXPECT_EQ(size.expected(), 0U);

  size.note(1'000'000);
  EXPECT_EQ(size.expected(), 0U);
  size.note(10);
  EXPECT_EQ(size.expected(), 10U);
  size.note(20);
  EXPECT_EQ(size.expected(), 10U);
  size.note(30);
  EXPECT_EQ(size.expected(), 20U);
}

TEST(KeyedTableTest, TellsKeysOfOneHashApart) {
  KeyedTable<std::string_view, int> table;
  auto add = [&](std::string_view key) {
    table.upsert(
        key, 42, [] { return 1; }, [](int& sum) { ++sum; });
  };
  std::vector<std::string> keys{"",
                                "a",
                                "b",
                                "abcdefghijkl",
                                "abcdefghijkm",
                                "abcdefghijklm",
                                "abcdefghijkln",
                                "abcd____________",
                                "abcd____________x",
                                std::string("a\0b", 3),
                                std::string("a\0c", 3)};

  for (int round = 0; round < 3; ++round) {
    for (const auto& key : keys) add(key);
  }

  ASSERT_EQ(table.size(), keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    EXPECT_EQ(table.entries()[i].key.get(), keys[i]);
    EXPECT_EQ(table.entries()[i].value, 3);
  }
}

TEST(KeyedTableTest, OwnsWhatCompositeKeysView) {
  using Key = std::pair<std::string_view, int>;
  KeyedTable<Key, int> table;

  for (int i = 0; i < 100; ++i) {
    std::string text = "a text of some length " + std::to_string(i % 10);
    count(table, Key(text, i % 3));
  }

  EXPECT_EQ(table.size(), 30U);
  EXPECT_EQ(table.entries()[11].key.get(), Key("a text of some length 1", 2));
}

TEST(KeyedTableTest, KeepsNothingOfValuesThatWereReplaced) {
  KeyedTable<std::string_view, std::string_view> table;
  for (int round = 0; round < 1000; ++round) {
    for (std::string_view key : {"short", "a key that is not short"}) {
      std::string value = std::string(1000, 'x') + std::to_string(round);
      auto hold = [&](std::string_view& held) { held = table.arena().copy(value); };
      table.upsert(
          key, hash_bytes(key), [&] { return table.arena().copy(value); }, hold);
    }
  }
  std::size_t before = table.bytes();

  table.compact_values();

  EXPECT_LT(table.bytes(), before / 10);
  EXPECT_EQ(table.entries()[0].key.get(), "short");
  EXPECT_EQ(table.entries()[1].key.get(), "a key that is not short");
  EXPECT_EQ(table.entries()[1].value, std::string(1000, 'x') + "999");
}

TEST(RowListTest, HoldsRowsWhileItGrows) {
  RowList<std::string> rows;
  for (int i = 0; i < 1000; ++i) rows.emplace_back("row number " + std::to_string(i));
  RowList<std::string> moved = std::move(rows);

  EXPECT_EQ(moved.size(), 1000U);
  EXPECT_EQ(moved[999], "row number 999");
  moved.clear();
  EXPECT_TRUE(moved.empty());
}

template <typename T>
std::shared_ptr<const Block> through_bytes(const std::vector<T>& rows) {
  RowBlock<T> block;
  for (const T& row : rows) block.append_row(row);
  Encoder encoder;
  block.encode(encoder);
  auto decoded = RowBlock<T>::decode(encoder.take());
  EXPECT_TRUE(decoded.ok());
  return decoded.value();
}

TEST(RowBlockTest, ReadsBackWhatItWrote) {
  std::vector<Visit> visits{{1, "/index.html", 2.5}, {-7, "", std::nullopt}, {3, "/\n\xFF", 0.0}};

  auto block = through_bytes(visits);

  const auto& rows = static_cast<const RowBlock<Visit>&>(*block).rows();
  EXPECT_EQ(std::vector<Visit>(rows.begin(), rows.end()), visits);
  EXPECT_EQ(static_cast<const RowBlock<int>&>(*through_bytes(std::vector<int>())).size(), 0U);
}

TEST(RowBlockTest, OwnsTheBytesItsRowsView) {
  RowBlock<std::string_view> block;
  {
    std::string text = "a text that goes";
    std::string_view view = text;
    block.append(Chunk<std::string_view>(&view, 1, false));
    text.assign(text.size(), '#');
  }

  EXPECT_EQ(block.rows()[0], "a text that goes");
  EXPECT_GE(block.bytes(), 16U);
}

TEST(RowBlockTest, RefusesBytesThatEndEarly) {
  RowBlock<Visit> block;
  block.append_row(Visit{1, "/index.html", 2.5});
  block.append_row(Visit{2, "/other.html", std::nullopt});
  Encoder encoder;
  block.encode(encoder);

  for (std::size_t size = 0; size < encoder.bytes().size(); ++size) {
    auto decoded = RowBlock<Visit>::decode(encoder.bytes().substr(0, size));
    ASSERT_FALSE(decoded.ok()) << size;
    EXPECT_EQ(decoded.status().code(), ErrorCode::data_loss);
  }
}

TEST(RowBlockTest, RefusesACountThatNoBytesBack) {
  Encoder encoder;
  encoder.put_length(std::uint64_t{1} << 62);
  encoder.put_text("one");

  auto decoded = RowBlock<std::string>::decode(encoder.take());

  EXPECT_EQ(decoded.status().to_string(),
            "data_loss: block of 4611686018427387904 records ends early or is malformed");
}

TEST(BlockFileTest, HasTheBytesThatItsFormatDescribes) {
  TemporaryDirectory directory;
  LocalFileSystem files;
  RowBlock<std::pair<std::string, std::int32_t>> block;
  block.append_row(std::pair<std::string, std::int32_t>("flood", 3));
  Encoder encoder;
  block.encode(encoder);

  ASSERT_TRUE(write_block_file(files, directory.path("part"), encoder.bytes()).ok());

  // The test vector of docs/formats/object-file.md.
  std::string expected(
      "THWGOBJ1\x01\0\0\0\0\0\0\0\x0B\0\0\0\0\0\0\0"
      "\xC0\x61\x46\xB3\x1F\xC7\x06\x1C\x01\x05"
      "flood\x03\0\0\0",
      43);
  EXPECT_EQ(directory.read("part"), expected);
  EXPECT_EQ(read_block_file(files, directory.path("part")).value(), encoder.bytes());
  EXPECT_EQ(directory.file_count(), 1) << "nothing stays of the writing";
}

TEST(BlockFileTest, RefusesAFileThatWasCutOrChanged) {
  TemporaryDirectory directory;
  LocalFileSystem files;
  ASSERT_TRUE(write_block_file(files, directory.path("part"), "some records").ok());
  const std::string bytes = directory.read("part");
  auto read = [&](std::string_view changed) {
    return read_block_file(files, directory.write("changed", changed)).status();
  };

  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(read(bytes.substr(0, size)).code(), ErrorCode::data_loss) << size;
  }
  for (std::size_t at : {0U, 16U, 24U, 31U, 32U, 43U}) {
    std::string changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_EQ(read(changed).code(), ErrorCode::data_loss) << at;
  }
  std::string newer = bytes;
  newer[8] = 2;
  EXPECT_EQ(read(newer).to_string(),
            "unsupported: object file of version 2, this program reads up to 1: " +
                directory.path("changed"));
  EXPECT_EQ(read_block_file(files, directory.path("none")).status().code(), ErrorCode::not_found);
}

TEST(PartitionerTest, DividesKeyGroupsIntoContiguousRangesOfNearlyEqualSize) {
  for (int partitions : {1, 2, 3, 7, 128}) {
    std::vector<int> sizes(static_cast<std::size_t>(partitions));
    int before = 0;
    for (int group = 0; group < 128; ++group) {
      int partition = partition_of_key_group(group, 128, partitions);
      EXPECT_TRUE(partition == before || partition == before + 1);
      before = partition;
      ++sizes[static_cast<std::size_t>(partition)];
    }
    auto [least, most] = std::minmax_element(sizes.begin(), sizes.end());
    EXPECT_LE(*most - *least, 1) << partitions;
  }
}

TEST(PartitionerTest, SendsStringAndViewToTheSamePartition) {
  HashPartitioner<std::string> of_strings(7);
  HashPartitioner<std::string_view> of_views(7);
  std::set<int> used;

  for (int i = 0; i < 1000; ++i) {
    std::string key = "key " + std::to_string(i);
    int partition = of_strings.place(key, RecordTraits<std::string>::hash(key));
    EXPECT_EQ(partition, of_views.place(key, RecordTraits<std::string_view>::hash(key)));
    used.insert(partition);
  }

  EXPECT_EQ(used.size(), 7U);
}

TEST(PartitionerTest, UsesEveryPartitionWhereThereAreMoreThanKeyGroups) {
  HashPartitioner<int> partitioner(300, 128);
  std::set<int> used;

  for (int i = 0; i < 20'000; ++i) used.insert(partitioner.place(i, RecordTraits<int>::hash(i)));

  EXPECT_EQ(used.size(), 300U);
}

TEST(PartitionerTest, IsTheSameAsOneThatDividesAlike) {
  HashPartitioner<int> four(4);

  EXPECT_TRUE(four.same_as(HashPartitioner<int>(4)));
  EXPECT_FALSE(four.same_as(HashPartitioner<int>(5)));
  EXPECT_FALSE(four.same_as(HashPartitioner<int>(4, 64)));
  EXPECT_FALSE(four.same_as(RangePartitioner<int>({1, 2, 3})));
}

TEST(PartitionerTest, PutsRangesIntoTheirPartitions) {
  RangePartitioner<std::string_view> ascending({"f", "p"});
  RangePartitioner<std::string_view> descending({"f", "p"}, {}, false);
  std::vector<int> up;
  std::vector<int> down;

  for (std::string_view key : {"a", "f", "g", "p", "z"}) {
    up.push_back(ascending.place(key, 0));
    down.push_back(descending.place(key, 0));
  }

  EXPECT_EQ(up, (std::vector<int>{0, 0, 1, 1, 2}));
  EXPECT_EQ(down, (std::vector<int>{2, 2, 1, 1, 0}));
}

TEST(PartitionerTest, RefusesAPartitionThatIsNotThere) {
  struct Wrong final : Partitioner<int> {
    using Partitioner::Partitioner;
    int partition_of(const int& key, std::uint64_t) const override { return key; }
  };
  Wrong partitioner(4);

  EXPECT_EQ(partitioner.place(3, 0), 3);
  EXPECT_EQ(error_of([&] { (void)partitioner.place(4, 0); }),
            "invalid_argument: partitioner named partition 4; it has 0 to 3");
}

}  // namespace
}  // namespace thalweg
