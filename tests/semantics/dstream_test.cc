// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "case_operators.h"
#include "thalweg/testing/source_directory.h"
#include "thalweg/testing/state_backends.h"

namespace thalweg::semantics {
namespace {

using testing::VirtualStreams;

const json& file() {
  static const json loaded =
      json::parse(std::ifstream(source_directory() + "/tests/semantics/dstream_cases.json"));
  return loaded;
}

std::vector<json> cases_that_run() {
  std::vector<json> found;
  for (const auto& each : file()["cases"]) {
    if (each["status"] == "run") found.push_back(each);
  }
  return found;
}

/// What ran and held, for the last line of the test.
std::set<std::string>& passed() {
  static std::set<std::string> names;
  return names;
}

class Summary final : public ::testing::Environment {
  void TearDown() override {
    std::map<std::string, int> counts;
    for (const auto& each : file()["cases"]) ++counts[each["status"].get<std::string>()];
    std::printf(
        "DStream cases: %zu passed of %d that run; %d wait for later parts of the engine, %d are "
        "not applicable; %zu in all\n",
        passed().size(), counts["run"], counts["waiting"], counts["not applicable"],
        file()["cases"].size());
  }
};
const auto* const summary = ::testing::AddGlobalTestEnvironment(new Summary);

/// As many as there are given, and as it takes to have all that are expected of a stream that
/// slides.
int batches_to_run(const json& facts, Duration slide) {
  auto batches_a_slide = static_cast<std::size_t>(slide / millis(facts["batch_ms"]));
  std::size_t expected = facts.value("expected", json::array()).size();
  return static_cast<int>(std::max(facts["input"].size(), expected * batches_a_slide));
}

void run_case(const json& facts) {
  VirtualStreams streams(std::chrono::milliseconds(facts["batch_ms"].get<int>()));
  Rows rows = stream_of(streams, facts);
  auto batches = streams.collect(rows);
  auto partitions = streams.collect(rows.glom());
  streams.run_batches(batches_to_run(facts, rows.slide()));

  std::string wanted = facts.value("expect_error", facts.value("expect_error_from_await", ""));
  auto failure = streams.failure();
  if (wanted.empty()) {
    ASSERT_FALSE(failure) << failure->message();
  } else {
    ASSERT_TRUE(failure);
    EXPECT_NE(failure->message().find(wanted), std::string::npos) << failure->message();
  }
  if (!facts.contains("expected")) return;
  auto expected = texts_of(facts["expected"]);
  if (facts["ordered"].get<bool>()) {
    EXPECT_EQ(*batches, expected);
  } else {
    EXPECT_EQ(testing::sorted(*batches), testing::sorted(expected));
  }
  if (facts.contains("expected_partitions")) {
    for (const auto& batch : *partitions) EXPECT_EQ(batch.size(), facts["expected_partitions"]);
  }
}

class DStreamCase : public ::testing::TestWithParam<json> {
 protected:
  void TearDown() override {
    if (!HasFailure()) passed().insert(GetParam()["name"]);
  }
};

TEST_P(DStreamCase, GivesWhatSparkGives) {
  const json& facts = GetParam();
  if (!run_special(facts)) run_case(facts);
}

INSTANTIATE_TEST_SUITE_P(Spark, DStreamCase, ::testing::ValuesIn(cases_that_run()),
                         [](const auto& info) {
                           return info.param["name"].template get<std::string>();
                         });

/// The cases that keep something from batch to batch.
std::vector<json> cases_with_state() {
  std::vector<json> cases = cases_that_run();
  std::erase_if(cases, [](const json& each) {
    std::string op = each.value("op", "");
    return op.find("State") == op.npos && op.find("Window") == op.npos;
  });
  return cases;
}

/// These once more, with states on disk and next to no memory.
class DStreamCaseOnDisk : public ::testing::TestWithParam<json> {
 private:
  testing::StateBackendScope scope_{StateBackend::disk};
};

TEST_P(DStreamCaseOnDisk, GivesWhatSparkGives) {
  const json& facts = GetParam();
  if (!run_special(facts)) run_case(facts);
}

INSTANTIATE_TEST_SUITE_P(Spark, DStreamCaseOnDisk, ::testing::ValuesIn(cases_with_state()),
                         [](const auto& info) {
                           return info.param["name"].template get<std::string>();
                         });

TEST(DStreamCases, EachIsRunOrSaysWhyNot) {
  std::set<std::string> names;
  for (const auto& each : file()["cases"]) {
    std::string name = each["name"];
    EXPECT_TRUE(names.insert(name).second) << name << " is there twice";
    std::string status = each["status"];
    if (status == "run") continue;
    std::string why = each.value(status == "waiting" ? "for" : "reason", "");
    EXPECT_TRUE(status == "waiting" || status == "not applicable") << name << ": " << status;
    EXPECT_FALSE(why.empty()) << name << " does not say why it is not run";
  }
  EXPECT_EQ(names.size(), 113u);
}

}  // namespace
}  // namespace thalweg::semantics
