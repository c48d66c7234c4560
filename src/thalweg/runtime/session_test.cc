// SPDX-License-Identifier: Apache-2.0
#include "thalweg/runtime/session.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "thalweg/common/virtual_clock.h"
#include "thalweg/runtime/task_context.h"
#include "thalweg/testing/error_of.h"
#include "thalweg/testing/temporary_directory.h"

namespace thalweg {
namespace {

using testing::error_of;
using testing::TemporaryDirectory;

TEST(SessionTest, HasAsManyWorkersAsItsMasterSays) {
  EXPECT_EQ(Session("local").worker_count(), 1);
  EXPECT_EQ(Session("local[3]").worker_count(), 3);
  EXPECT_GE(Session("local[*]").worker_count(), 1);
}

TEST(SessionTest, RefusesAnUnknownMaster) {
  for (std::string master : {"", "yarn", "local[]", "local[0]", "local[-1]", "local[2", "local[2]x",
                             "local[1025]", "local[2.5]", "local[99999999999]", "LOCAL"}) {
    EXPECT_EQ(error_of([&] { Session session(master); }),
              "invalid_argument: unknown master: \"" + master +
                  "\"; it is \"local\", \"local[N]\" with N from 1 to 1024, or \"local[*]\"");
  }
}

TEST(SessionTest, RefusesOptionsOutOfRange) {
  EXPECT_EQ(error_of([] { Session("local", "a", {.key_group_count = 0}); }),
            "invalid_argument: key_group_count must be from 1 to 32768: got 0");
  EXPECT_EQ(error_of([] { Session("local", "a", {.key_group_count = 32769}); }),
            "invalid_argument: key_group_count must be from 1 to 32768: got 32769");
  EXPECT_EQ(error_of([] { Session("local", "a", {.task_attempts_max = 0}); }),
            "invalid_argument: task_attempts_max must be at least 1: got 0");
}

TEST(SessionTest, TakesMemoryLimitAndClockFromItsOptions) {
  VirtualClock clock(Time::from_millis(42));
  Session session("local", "named", {.memory_bytes_max = 1 << 20, .clock = &clock});

  EXPECT_EQ(session.name(), "named");
  EXPECT_EQ(session.memory().limit_bytes(), 1 << 20);
  EXPECT_EQ(session.clock().now(), Time::from_millis(42));
  EXPECT_EQ(session.spilled_bytes(), 0);
}

TEST(SessionTest, LimitsMemoryToAPartOfTheMachineByDefault) {
  EXPECT_GT(Session("local").memory().limit_bytes(), 16 << 20);
}

TEST(TaskContextTest, TellsWhereInTheSourceARecordLay) {
  Session session("local");
  TaskContext context(*session.state(), {});
  std::string_view bytes = "one\ntwo\n";
  context.origin = {"a.txt", bytes.data(), bytes.data() + bytes.size(), 100};

  EXPECT_EQ(context.position_of(bytes.data() + 4), "offset=104");
  EXPECT_EQ(context.position_of(bytes.data() + bytes.size()), "");
  EXPECT_EQ(context.position_of("elsewhere"), "");
}

TEST(TaskContextTest, IsKnownToItsThreadWithinItsScope) {
  Session session("local");
  TaskContext outer(*session.state(), {});
  TaskContext inner(*session.state(), {});
  {
    TaskContext::Scope outer_scope(outer);
    {
      TaskContext::Scope inner_scope(inner);
      EXPECT_EQ(TaskContext::current(), &inner);
    }
    EXPECT_EQ(TaskContext::current(), &outer);
  }

  EXPECT_EQ(TaskContext::current(), nullptr);
}

TEST(DeadLettersTest, CountsAllAndKeepsTheLatest) {
  DeadLetters letters;

  for (std::size_t i = 0; i < DeadLetters::kept_letters_max + 5; ++i) {
    letters.add({{"source", "offset=" + std::to_string(i), "reason", "bytes"}});
  }

  EXPECT_EQ(letters.count(), 1005);
  auto latest = letters.latest();
  ASSERT_EQ(latest.size(), 1000U);
  EXPECT_EQ(latest.front().position, "offset=5");
  EXPECT_EQ(latest.back().position, "offset=1004");
}

TEST(DeadLettersTest, GivesEachLetterToTheOutputsAddedBefore) {
  DeadLetters letters;
  std::string seen;
  letters.add({{"a", "", "", "early"}});
  letters.add_output([&](const DeadLetter& letter) { seen += letter.bytes + ";"; });

  letters.add({{"a", "", "", "one"}, {"a", "", "", "two"}});
  letters.add({});

  EXPECT_EQ(seen, "one;two;");
}

TEST(DeadLettersTest, WritesJsonLinesWithTextOrBase64) {
  TemporaryDirectory directory;
  LocalFileSystem files;
  {
    DeadLetters letters;
    letters.save_as_json_lines(files, directory.path("bad.jsonl"));
    letters.add({{"a.log", "offset=7", "no \"quote\"", "caf\xC3\xA9\t\\"},
                 {"socket localhost:9999", "", "not a number", "\xFF"},
                 {"s", "", "r", "\xFF\xFE"},
                 {"s", "", "r", "\xFF\xFE\xFD"},
                 {"s", "", "r", ""}});
  }

  EXPECT_EQ(directory.read("bad.jsonl"),
            "{\"source\":\"a.log\",\"position\":\"offset=7\",\"reason\":\"no \\\"quote\\\"\","
            "\"text\":\"caf\xC3\xA9\\u0009\\\\\"}\n"
            "{\"source\":\"socket localhost:9999\",\"position\":\"\",\"reason\":\"not a number\","
            "\"base64\":\"/w==\"}\n"
            "{\"source\":\"s\",\"position\":\"\",\"reason\":\"r\",\"base64\":\"//4=\"}\n"
            "{\"source\":\"s\",\"position\":\"\",\"reason\":\"r\",\"base64\":\"//79\"}\n"
            "{\"source\":\"s\",\"position\":\"\",\"reason\":\"r\",\"text\":\"\"}\n");
}

TEST(DeadLettersTest, WritesJsonWhateverBytesAReasonOrSourceHas) {
  TemporaryDirectory directory;
  LocalFileSystem files;
  DeadLetters letters;
  letters.save_as_json_lines(files, directory.path("bad.jsonl"));

  letters.add({{"caf\xE9.log", "", "unexpected \xFF", "x"}});

  auto line = nlohmann::json::parse(directory.read("bad.jsonl"), nullptr, false);
  ASSERT_FALSE(line.is_discarded()) << directory.read("bad.jsonl");
  EXPECT_EQ(line["source"], "caf\xC3\xA9.log");
  EXPECT_EQ(line["reason"], "unexpected \xC3\xBF");
}

TEST(DeadLettersTest, RefusesAnOutputFileThatCannotBeMade) {
  TemporaryDirectory directory;
  LocalFileSystem files;
  DeadLetters letters;

  EXPECT_NE(error_of([&] {
              letters.save_as_json_lines(files, directory.path("missing/bad.jsonl"));
            }).find(directory.path("missing/bad.jsonl")),
            std::string::npos);
}

}  // namespace
}  // namespace thalweg
