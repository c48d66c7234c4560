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

namespace thalweg::semantics {
namespace {

using testing::GivenBatches;
using testing::VirtualStreams;

const json& file() {
  static const json loaded =
      json::parse(std::ifstream(THALWEG_SOURCE_DIR "/tests/semantics/dstream_cases.json"));
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

GivenBatches<std::string> batches_of(const json& input) {
  GivenBatches<std::string> batches;
  for (const auto& batch : input) {
    if (batch.is_null()) {
      batches.emplace_back(std::nullopt);
      continue;
    }
    std::vector<std::string> rows;
    for (const auto& row : batch) rows.push_back(row.dump());
    batches.emplace_back(std::move(rows));
  }
  return batches;
}

testing::Batches<std::string> texts_of(const json& expected) {
  testing::Batches<std::string> batches;
  for (const auto& batch : expected) {
    batches.emplace_back();
    for (const auto& row : batch) batches.back().push_back(row.dump());
  }
  return batches;
}

/// An input of the case with the operators that come before its own.
Rows input_of(VirtualStreams& streams, const json& facts, const std::string& input,
              const std::string& before) {
  Rows rows =
      streams.given<std::string>(batches_of(facts[input]), facts.value("input_partitions", 2));
  for (const auto& op : facts.value(before, json::array())) {
    rows = apply(streams.context(), op, rows);
  }
  return rows;
}

void run_case(const json& facts) {
  VirtualStreams streams(std::chrono::milliseconds(facts["batch_ms"].get<int>()));
  std::optional<Rows> other;
  Rows rows = input_of(streams, facts, "input", "pre");
  if (facts.contains("input2")) other = input_of(streams, facts, "input2", "pre2");
  rows = apply(streams.context(), facts, rows, other);
  for (const auto& op : facts.value("post", json::array())) {
    rows = apply(streams.context(), op, rows);
  }
  auto batches = streams.collect(rows);
  auto partitions = streams.collect(rows.glom());
  streams.run_batches(static_cast<int>(facts["input"].size()));

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
