// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/rate/source.h"

#include <thread>

#include <gtest/gtest.h>

#include "thalweg/columnar/records.h"
#include "thalweg/common/virtual_clock.h"
#include "thalweg/connectors/registry.h"

namespace thalweg::rate {
namespace {

using namespace std::chrono_literals;

struct Tick {
  std::int64_t timestamp = 0;
  std::int64_t value = 0;
};
THALWEG_FIELDS(Tick, timestamp, value)

constexpr std::size_t all_rows = 1'000'000;

class RateSourceTest : public ::testing::Test {
 protected:
  std::unique_ptr<Source> source(const OptionTexts& options) {
    ConnectorContext context{clock_, memory_, files_, stop_.get_token()};
    return std::move(make_source("rate", options, context)).value();
  }

  std::unique_ptr<PartitionReader> reader(Source& of, std::size_t partition = 0,
                                          const Position& from = {}) {
    if (partitions_.empty()) partitions_ = of.discover("").value().partitions;
    return std::move(of.open(partitions_.at(partition), from)).value();
  }

  static std::vector<Tick> ticks(const Batch& batch) {
    auto rows = BatchReader<Tick>::make(batch).value();
    std::vector<Tick> all(rows.row_count());
    EXPECT_TRUE(rows.read(0, all.size(), all.data()).ok());
    return all;
  }
  static std::vector<std::int64_t> values(PartitionReader& from, std::size_t rows_max = all_rows) {
    std::vector<std::int64_t> all;
    for (const Tick& tick : ticks(from.poll(rows_max, 0s).value().batch)) all.push_back(tick.value);
    return all;
  }

  using Values = std::vector<std::int64_t>;

  VirtualClock clock_{Time::from_millis(1'000'000)};
  MemoryBudget memory_{1 << 20};
  FileSystems files_;
  std::stop_source stop_;
  std::vector<Partition> partitions_;
};

// proves: rate: round trip
TEST_F(RateSourceTest, GivesEachNumberAtItsTime) {
  auto numbers = source({{"rows_per_second", "3"}});
  auto rows = reader(*numbers);
  EXPECT_EQ(values(*rows), (Values{0}));
  clock_.advance(333'332us);
  EXPECT_EQ(values(*rows), Values{});
  clock_.advance(1us);
  auto found = ticks(rows->poll(all_rows, 0s).value().batch);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].value, 1);
  EXPECT_EQ(found[0].timestamp, 1'000'333'333);
  clock_.advance(10s);
  EXPECT_EQ(values(*rows).size(), 30U);
}

// proves: rate: limits
TEST_F(RateSourceTest, HonoursTheRowsAskedFor) {
  auto numbers = source({{"rows_per_second", "100"}});
  auto rows = reader(*numbers);
  clock_.advance(1s);
  EXPECT_EQ(values(*rows, 3), (Values{0, 1, 2}));
  EXPECT_EQ(rows->position().text, "row=3");
  EXPECT_EQ(values(*rows, 2), (Values{3, 4}));
}

TEST_F(RateSourceTest, DividesTheNumbersAmongPartitions) {
  auto numbers = source({{"rows_per_second", "5"}, {"partitions", "2"}});
  auto even = reader(*numbers, 0);
  auto odd = reader(*numbers, 1);
  EXPECT_EQ(values(*odd), Values{});
  clock_.advance(1s);
  EXPECT_EQ(values(*even), (Values{0, 2, 4}));
  EXPECT_EQ(values(*odd), (Values{1, 3, 5}));
}

TEST_F(RateSourceTest, EndsAfterTheRowsItHas) {
  auto numbers = source({{"rows_per_second", "10"}, {"row_count", "3"}, {"partitions", "2"}});
  auto even = reader(*numbers, 0);
  auto odd = reader(*numbers, 1);
  clock_.advance(60s);
  EXPECT_EQ(values(*even), (Values{0, 2}));
  EXPECT_TRUE(even->finished());
  EXPECT_EQ(values(*odd), (Values{1}));
  EXPECT_TRUE(odd->finished());
  EXPECT_EQ(values(*odd), Values{});
}

TEST_F(RateSourceTest, ReadsARangeAgain) {
  auto numbers = source({{"rows_per_second", "10"}});
  auto first = reader(*numbers);
  clock_.advance(1s);
  EXPECT_EQ(numbers->latest(partitions_[0]).value().text, "row=11");
  Position end = numbers->plan(partitions_[0], {"row=2"}, 3, 1 << 20).value();
  EXPECT_EQ(end.text, "row=5");
  EXPECT_EQ(numbers->plan(partitions_[0], {"row=2"}, 1000, 64).value().text, "row=6");
  clock_.advance(1s);

  // Another source, as after a restart, that goes on from what the first one found.
  auto again = source({{"rows_per_second", "10"}});
  EXPECT_TRUE(again->replayable());
  EXPECT_TRUE(again->discover(numbers->discover("").value().resume).value().partitions.empty());
  auto rows = reader(*again, 0, {"row=2"});
  ASSERT_TRUE(rows->stop_at(end).ok());
  auto found = ticks(rows->poll(all_rows, 0s).value().batch);
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].value, 2);
  EXPECT_EQ(found[0].timestamp, 1'000'200'000);
  EXPECT_TRUE(rows->finished());
}

TEST_F(RateSourceTest, WaitsForTheNextNumber) {
  auto numbers = source({});
  auto rows = reader(*numbers);
  EXPECT_EQ(values(*rows), (Values{0}));
  std::jthread waiting(
      [&] { EXPECT_EQ(ticks(rows->poll(all_rows, 60s).value().batch).at(0).value, 1); });
  clock_.advance(1s);
}

TEST_F(RateSourceTest, StopEndsAPollThatWaits) {
  auto numbers = source({});
  auto rows = reader(*numbers);
  EXPECT_EQ(values(*rows), (Values{0}));
  std::jthread waiting([&] {
    EXPECT_EQ(rows->poll(all_rows, 60s).status().to_string(), "cancelled: source rate: stopped");
  });
  stop_.request_stop();
}

TEST_F(RateSourceTest, RefusesAPlaceThatIsNotItsOwn) {
  auto numbers = source({});
  auto rows = reader(*numbers);
  EXPECT_EQ(numbers->open(partitions_[0], {"offset=1"}).status().to_string(),
            "invalid_argument: source rate: position is not of this source: \"offset=1\"; it looks "
            "like \"row=42\"");
  EXPECT_EQ(numbers->open({"start_us=1;index=7"}, {}).status().to_string(),
            "invalid_argument: source rate: partition is not of this source: "
            "\"start_us=1;index=7\"; it has indexes 0 to 0");
}

}  // namespace
}  // namespace thalweg::rate
