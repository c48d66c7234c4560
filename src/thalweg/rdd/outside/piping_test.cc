// SPDX-License-Identifier: Apache-2.0
#include "thalweg/rdd/outside/piping.h"

#include <sys/wait.h>

#include <cerrno>
#include <filesystem>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "thalweg/rdd/context.h"
#include "thalweg/testing/error_of.h"
#include "thalweg/testing/temporary_directory.h"

namespace thalweg {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using testing::error_of;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;
using Lines = std::vector<std::string>;

std::ptrdiff_t open_descriptors() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"),
                       std::filesystem::directory_iterator());
}

bool has_children() { return ::waitpid(-1, nullptr, WNOHANG) != -1 || errno != ECHILD; }

class PipingTest : public ::testing::Test {
 protected:
  /// Whatever a test does, neither processes nor descriptors stay behind.
  void TearDown() override {
    EXPECT_EQ(open_descriptors(), descriptors_);
    EXPECT_FALSE(has_children());
  }

  auto shell(const std::string& script, int partitions = 1, PipeOptions options = {}) {
    return pipe(context_.range(0, 4, 1, partitions), {"sh", "-c", script}, std::move(options));
  }

  Session session_{"local[2]", "test"};
  Context context_{session_};
  const std::ptrdiff_t descriptors_ = open_descriptors();
};

TEST_F(PipingTest, SendsEachPartitionThroughACommandOfItsOwn) {
  EXPECT_EQ(shell("cat; echo end", 2).collect(), (Lines{"0", "1", "end", "2", "3", "end"}));

  Lines processes = shell("echo $$", 4).collect();
  EXPECT_THAT(std::set(processes.begin(), processes.end()), SizeIs(4));
}

TEST_F(PipingTest, WritesRowsAsTheyArePrinted) {
  auto pairs = context_.parallelize({"a", "b"}, 1).map([](const std::string& text) {
    return std::pair(text, 1);
  });
  auto texts = context_.parallelize({"a\nb", ""}, 1);

  EXPECT_THAT(pipe(pairs, {"cat"}).collect(), ElementsAre("(a,1)", "(b,1)"));
  EXPECT_THAT(pipe(texts, {"cat"}).collect(), ElementsAre("a", "b", ""));
}

TEST_F(PipingTest, CarriesMoreThanPipesHold) {
  auto rows = context_.range(0, 300'000, 1, 2);
  auto numbers = [](const RDD<std::string_view>& lines) {
    return lines.map([](std::string_view line) { return std::stoll(std::string(line)); }).sum();
  };

  EXPECT_EQ(numbers(pipe(rows, {"cat"})), 300'000LL * 299'999 / 2);
  // Writes nothing before it has read all.
  EXPECT_EQ(numbers(pipe(rows, {"tac"})), 300'000LL * 299'999 / 2);
  EXPECT_EQ(pipe(rows, {"tac"}).first(), "149999");
  // Writes without reading.
  EXPECT_EQ(shell("head -c 3000000 /dev/zero | tr '\\0' '\\n'").count(), 3'000'000);
}

TEST_F(PipingTest, LetsTheCommandLeaveRowsUnread) {
  auto rows = context_.range(0, 300'000, 1, 1);

  EXPECT_THAT(pipe(rows, {"head", "-n", "2"}).collect(), ElementsAre("0", "1"));
  EXPECT_THAT(pipe(rows, {"true"}).collect(), IsEmpty());
}

TEST_F(PipingTest, FeedsACommandThatHasClosedItsOutput) {
  testing::TemporaryDirectory directory;

  EXPECT_EQ(pipe(context_.range(0, 100'000, 1, 1), {"sh", "-c", "exec >&-; wc -l > lines"},
                 {.directory = directory.path()})
                .count(),
            0);

  EXPECT_THAT(directory.read("lines"), StartsWith("100000"));
}

TEST_F(PipingTest, TakesALastLineWithoutItsEnd) {
  EXPECT_THAT(shell("printf 'one\\r\\n\\ntwo'").collect(), ElementsAre("one", "", "two"));
}

TEST_F(PipingTest, SetsLinesAsideThatAreTooLong) {
  SessionOptions options;
  options.line_bytes_max = 10;
  Session session("local[1]", "test", options);
  auto rows = Context(session).parallelize({"short", "as long as nothing", "also"}, 1);

  EXPECT_THAT(pipe(rows, {"cat"}).collect(), ElementsAre("short", "also"));

  ASSERT_EQ(session.dead_letters().count(), 1);
  DeadLetter letter = session.dead_letters().latest().front();
  EXPECT_EQ(letter.source, "the command: cat");
  EXPECT_EQ(letter.bytes, "as long as nothing");
}

TEST_F(PipingTest, FailsWithTheExitCodeOrTheSignal) {
  EXPECT_THAT(error_of([&] { (void)shell("cat; exit 3", 2).count(); }),
              AllOf(HasSubstr("user_error: "), HasSubstr("pipe (rdd"),
                    HasSubstr("ended with exit code 3: sh -c cat; exit 3;")));
  EXPECT_THAT(error_of([&] { (void)shell("kill -TERM $$").count(); }),
              HasSubstr("was ended by signal 15 (Terminated)"));
}

TEST_F(PipingTest, DoesNotCareAboutTheExitCodeWhereItIsTold) {
  EXPECT_THAT(shell("echo out; exit 3", 1, {.check_exit_code = false}).collect(),
              ElementsAre("out"));
}

TEST_F(PipingTest, RunsWithTheEnvironmentAndInTheDirectoryItIsGiven) {
  testing::TemporaryDirectory directory;
  auto run =
      shell("echo \"$WORD $HOME\"; pwd -P", 1,
            {.environment = {{"WORD", "a=b"}, {"HOME", "/none"}}, .directory = directory.path()});

  EXPECT_THAT(run.collect(),
              ElementsAre("a=b /none", std::filesystem::canonical(directory.path()).string()));
  EXPECT_THAT(shell("echo \"$PATH\"").collect(), Each(Not("")));
}

TEST_F(PipingTest, LetsSignalsEndTheCommandAsUsual) {
  // Python ignores SIGPIPE, and what it starts would too.
  EXPECT_THAT(shell("yes | head -n 1").collect(), ElementsAre("y"));
}

TEST_F(PipingTest, EndsACommandWhoseLinesNobodyNeedsAnyMore) {
  EXPECT_THAT(shell("yes", 2).take(3), ElementsAre("y", "y", "y"));
  EXPECT_THAT(shell("echo one; sleep 1000").take(1), ElementsAre("one"));
}

TEST_F(PipingTest, EndsACommandAndWhatItStartedWhenTheJobIsStopped) {
  // The first partition fails, so that the others are stopped.
  EXPECT_THAT(error_of([&] {
                (void)shell("read row; [ $row = 0 ] && exit 7; sleep 1000; true", 4).count();
              }),
              HasSubstr("exit code 7"));
  EXPECT_THAT(
      error_of([&] {
        (void)shell("read row; [ $row = 0 ] && exit 7; exec >&- <&-; sleep 1000", 4).count();
      }),
      HasSubstr("exit code 7"));
}

TEST_F(PipingTest, EndsTheCommandWhereTheRowsFail) {
  auto rows = context_.range(0, 10, 1, 1).map([](std::int64_t row) -> std::int64_t {
    if (row == 5) throw std::runtime_error("not this one");
    return row;
  });

  EXPECT_THAT(error_of([&] { (void)pipe(rows, {"cat"}).count(); }), HasSubstr("not this one"));
}

TEST_F(PipingTest, NamesACommandThatIsNotThere) {
  EXPECT_THAT(
      error_of([&] {
        (void)pipe(context_.range(3), {"no-such-command", "-x"}).count();
      }),
      AllOf(HasSubstr("not_found: "), HasSubstr("can't run the command: no-such-command -x"),
            HasSubstr("name a program that is in PATH")));
  EXPECT_THAT(error_of([&] { (void)shell("true", 1, {.directory = "/no/such"}).count(); }),
              AllOf(HasSubstr("not_found: "), HasSubstr("in the directory /no/such")));
  EXPECT_THAT(error_of([&] { (void)pipe(context_.range(3), {"/dev/null"}).count(); }),
              HasSubstr("Permission denied"));
}

TEST_F(PipingTest, RefusesACommandThatCannotBe) {
  EXPECT_THAT(error_of([&] { (void)pipe(context_.range(3), {}); }),
              HasSubstr("the command is empty"));
  EXPECT_THAT(error_of([&] {
                (void)pipe(context_.range(3), {"cat", std::string("a\0b", 3)});
              }),
              HasSubstr("zero byte"));
}

}  // namespace
}  // namespace thalweg
