// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "thalweg/rdd/context.h"
#include "thalweg/rdd/scheduler/job.h"
#include "thalweg/testing/error_of.h"
#include "thalweg/testing/temporary_directory.h"

namespace thalweg {
namespace {

using testing::error_of;
using Numbers = std::vector<std::int64_t>;

std::string rdd_name(const std::string& kind, RddId id) {
  return kind + " (rdd " + std::to_string(id.value) + ")";
}

/// Loses a shuffle's blocks, as a damaged disk would.
int lose_shuffle_blocks(const Session& session) {
  auto& blocks = session.state()->blocks;
  int lost = 0;
  for (std::int64_t owner = 0; owner < 1000; ++owner) {
    auto before = blocks.block_count();
    blocks.remove_all(BlockId::Kind::shuffle, owner);
    lost += static_cast<int>(before - blocks.block_count());
  }
  return lost;
}

TEST(FailuresTest, NameOperatorPartitionCauseAndRecord) {
  Session session("local[2]");
  Context context(session);
  auto risky = context.range(0, 100, 1, 4).map([](auto x) {
    if (x == 77) throw std::runtime_error("no luck");
    return x;
  });
  risky.set_name("risky");

  EXPECT_EQ(error_of([&] { (void)risky.count(); }),
            "user_error: partition 3: map \"risky\" (rdd " + std::to_string(risky.id().value) +
                "): std::runtime_error: no luck; record \"77\"");
}

TEST(FailuresTest, NameTheRecordForEveryKindOfFunction) {
  Session session("local[2]");
  Context context(session);
  auto rows = context.parallelize({"a", "bad"}, 1);
  auto fail = [](const std::string& text) {
    if (text == "bad") throw std::out_of_range("too far");
    return text;
  };
  auto cause = [](const std::string& kind, RddId id) {
    return "user_error: partition 0: " + rdd_name(kind, id) +
           ": std::out_of_range: too far; record \"bad\"";
  };

  auto filtered = rows.filter([=](auto& text) { return fail(text) == "a"; });
  EXPECT_EQ(error_of([&] { (void)filtered.count(); }), cause("filter", filtered.id()));
  auto flat = rows.flat_map([=](auto& text) { return std::vector<std::string>{fail(text)}; });
  EXPECT_EQ(error_of([&] { (void)flat.count(); }), cause("flat_map", flat.id()));
  auto parsed = rows.parse([=](auto& text) { return fail(text).size(); });
  EXPECT_EQ(error_of([&] { (void)parsed.count(); }), cause("parse", parsed.id()));
  EXPECT_EQ(error_of([&] { rows.for_each(fail); }), cause("parallelize", rows.id()));
  EXPECT_EQ(error_of([&] {
              (void)rows.aggregate(
                  0, [=](int sum, auto& text) { return sum + int(fail(text).size()); },
                  std::plus<>());
            }),
            cause("parallelize", rows.id()));
  EXPECT_EQ(error_of([&] { (void)rows.sort_by(fail, true, 1).count(); }),
            cause("parallelize", rows.id()));
  auto pairs = rows.map([](auto& text) { return std::pair(1, text); });
  EXPECT_EQ(error_of([&] {
              (void)pairs.reduce_by_key([=](auto&, auto& text) { return fail(text); }).count();
            }),
            "user_error: partition 0: " + rdd_name("map", pairs.id()) +
                ": std::out_of_range: too far; record \"(1,bad)\"");
}

TEST(FailuresTest, KeepTheCodeOfAThrownErrorAndTakeAnythingElse) {
  Session session("local[1]");
  Context context(session);
  auto rows = context.range(1);

  auto gone = rows.map([](auto x) {
    throw Error(ErrorCode::not_found, "the table");
    return x;
  });
  EXPECT_EQ(error_of([&] { (void)gone.count(); }),
            "not_found: partition 0: " + rdd_name("map", gone.id()) + ": the table; record \"0\"");
  auto odd = rows.map([](auto x) {
    throw 7;
    return x;
  });
  EXPECT_EQ(error_of([&] { (void)odd.count(); }),
            "user_error: partition 0: " + rdd_name("map", odd.id()) +
                ": an exception that is not a std::exception; record \"0\"");
}

TEST(FailuresTest, ReportTheLowestPartitionThatFailed) {
  Session session("local[1]", "test", {.simulation_seed = 3});
  Context context(session);
  auto all_fail = context.range(0, 4, 1, 4).map([](auto x) {
    if (x >= 0) throw std::runtime_error("no");
    return x;
  });

  std::string message = error_of([&] { (void)all_fail.count(); });

  EXPECT_TRUE(message.starts_with("user_error: partition ")) << message;
}

TEST(FailuresTest, TryAgainOnlyWhatIsUnavailable) {
  Session session("local[2]");
  Context context(session);
  std::atomic<int> calls{0};
  auto rows = context.range(1);
  auto attempts = [&](ErrorCode code, int failures) {
    calls = 0;
    auto message = error_of([&] {
      (void)rows
          .map([&, code, failures](auto x) {
            if (calls++ < failures) throw Error(code, "busy");
            return x;
          })
          .count();
    });
    return std::to_string(calls) + " calls, " + message.substr(0, message.find(':')) +
           message.substr(message.find("; record") == std::string::npos ? message.size()
                                                                        : message.find("; record"));
  };

  EXPECT_EQ(attempts(ErrorCode::unavailable, 3), "4 calls, nothing thrown");
  EXPECT_EQ(attempts(ErrorCode::unavailable, 4),
            "4 calls, unavailable; record \"0\"; tried 4 times");
  EXPECT_EQ(attempts(ErrorCode::user_error, 1), "1 calls, user_error; record \"0\"");
  EXPECT_EQ(attempts(ErrorCode::data_loss, 1), "1 calls, data_loss; record \"0\"");
}

TEST(FailuresTest, CountAccumulatorsAndDeadLettersOfTheSuccessfulAttemptOnly) {
  Session session("local[2]");
  Context context(session);
  auto seen = context.accumulator(std::int64_t{0}, "seen");
  std::atomic<int> failures{3};

  auto parsed = context.range(0, 100, 1, 4).parse([&, seen](auto x) -> Parsed<std::int64_t> {
    seen.add(1);
    if (x % 10 == 3) return Unparsed{"ends in 3"};
    if (x % 25 == 24 && failures-- > 0) throw Error(ErrorCode::unavailable, "busy");
    return x;
  });
  auto keyed = parsed.map([](auto x) { return std::pair(x % 5, x); });

  EXPECT_EQ(keyed.reduce_by_key(std::plus<>()).count(), 5);
  EXPECT_EQ(seen.value(), 100);
  EXPECT_EQ(session.dead_letters().count(), 10);
  seen += 5;
  EXPECT_EQ(seen.value(), 105);
  seen.reset();
  EXPECT_EQ(seen.value(), 0);
}

TEST(FailuresTest, RefuseActionsAndRddsInsideATask) {
  Session session("local[1]");
  Context context(session);
  testing::TemporaryDirectory directory;
  auto rows = context.range(3);
  const std::string why =
      " inside a function that runs in a task: RDDs exist on the driver only; collect() what the "
      "function needs before, and capture it or broadcast it; record \"0\"";

  auto acting = rows.map([&](auto x) { return x + rows.count(); });
  EXPECT_EQ(error_of([&] { (void)acting.collect(); }),
            "invalid_argument: partition 0: " + rdd_name("map", acting.id()) + ": an action on " +
                rdd_name("range", rows.id()) + why);
  auto making =
      rows.map([&](auto x) { return x + rows.filter([](auto) { return true; }).id().value; });
  EXPECT_EQ(error_of([&] { (void)making.collect(); }),
            "invalid_argument: partition 0: " + rdd_name("map", making.id()) +
                ": a new RDD (filter)" + why);
  auto saving = rows.map([&](auto x) {
    rows.save_as_text_file(directory.path("out"));
    return x;
  });
  EXPECT_NE(error_of([&] { (void)saving.collect(); }).find("an action on range"),
            std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(directory.path("out")));
}

TEST(FailuresTest, WriteLostShuffleOutputAgain) {
  Session session("local[2]");
  Context context(session);
  auto added = context.accumulator(std::int64_t{0});
  auto pairs = context.range(0, 10'000, 1, 10).map([=](auto x) {
    added.add(1);
    return std::pair(x % 100, x);
  });
  auto sums = pairs.reduce_by_key(std::plus<>(), 7);
  auto once_more = sums.map([](auto row) { return std::pair(row.first % 10, row.second); })
                       .group_by_key(3)
                       .map_values([](const auto& values) { return values.size(); })
                       .repartition(5)
                       .sort_by([](auto row) { return row.first; });
  auto expected = once_more.collect();

  for (int round = 0; round < 3; ++round) {
    EXPECT_GT(lose_shuffle_blocks(session), 0);
    EXPECT_EQ(once_more.collect(), expected);
  }

  EXPECT_EQ(added.value(), 10'000) << "what is written again does not count again";
}

TEST(FailuresTest, EndTheJobWhenOutputIsLostAgainAndAgain) {
  Session session("local[1]");
  Context context(session);
  auto sums = context.range(0, 10, 1, 2).map([](auto x) { return std::pair(x, x); });
  auto reduced = sums.reduce_by_key(std::plus<>(), 1);
  auto losing = context.range(0, 1, 1, 1).map([&](auto x) {
    lose_shuffle_blocks(session);
    return std::pair(x, x);
  });
  // Each time the left side is read the right side's input is lost.
  auto joined = losing.partition_by(std::make_shared<HashPartitioner<std::int64_t>>(1))
                    .map([&](auto row) {
                      lose_shuffle_blocks(session);
                      return row;
                    })
                    .union_with(reduced)
                    .coalesce(1);

  std::string message = error_of([&] { (void)joined.collect(); });

  EXPECT_TRUE(message.starts_with("unavailable: partition 0: output of map partition ")) << message;
  EXPECT_NE(message.find(" is lost"), std::string::npos) << message;
}

TEST(FailuresTest, StopAJobWithinAChunk) {
  Session session("local[2]");
  Context context(session);
  std::stop_source stop;
  std::atomic<std::int64_t> seen{0};
  std::atomic<std::int64_t> seen_after_stop{0};
  auto endless = context.range(0, std::int64_t{1} << 40, 1, 2).map([&](auto x) {
    if (stop.stop_requested()) ++seen_after_stop;
    if (++seen == 5000) stop.request_stop();
    return x;
  });
  {
    JobScope scope(stop.get_token());
    EXPECT_TRUE(error_of([&] { (void)endless.count(); }).starts_with("cancelled: "));
    EXPECT_LE(seen_after_stop, 2 * static_cast<std::int64_t>(chunk_rows_max));
    EXPECT_EQ(error_of([&] { (void)context.range(3).count(); }), "cancelled: the job was stopped");
  }

  EXPECT_EQ(context.range(3).count(), 3);
}

TEST(FailuresTest, EndASessionWhoseLastHandlesGoWithAJob) {
  for (int round = 0; round < 300; ++round) {
    Session session("local[2]");
    auto sums = Context(session)
                    .range(0, 8, 1, 4)
                    .map([](auto x) { return std::pair(x % 2, x); })
                    .reduce_by_key(std::plus<>());
    ASSERT_EQ(sums.count(), 2);
  }
}

}  // namespace
}  // namespace thalweg
