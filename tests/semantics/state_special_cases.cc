// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <stdexcept>

#include <gtest/gtest.h>

#include "case_operators.h"
#include "thalweg/testing/temporary_directory.h"

// The cases on windows and states that look at more than the batches.

namespace thalweg::semantics {
namespace {

using testing::error_of;
using testing::VirtualStreams;
using Emitted = std::optional<std::string>;
using Pair = std::pair<std::string, std::string>;
using TextState = State<std::string>;

/// Batches of pairs, as JSON text and sorted.
template <typename V>
testing::Batches<std::string> sorted_texts(const testing::Batches<std::pair<std::string, V>>& all) {
  testing::Batches<std::string> texts;
  for (const auto& batch : all) {
    texts.emplace_back();
    for (const auto& [key, value] : batch) {
      texts.back().push_back(json::array({json::parse(key), json::parse(value)}).dump());
    }
  }
  return testing::sorted(texts);
}

testing::Batches<std::string> sorted_texts(const json& batches) {
  return testing::sorted(texts_of(batches));
}

// mapWithState.

/// Adds the value to the state.
std::string add_to(TextState& state, const Emitted& value) {
  int sum = json::parse(value.value()).get<int>() + std::stoi(state.option().value_or("0"));
  state.update(std::to_string(sum));
  return state.get();
}

/// The functions of keys, values and states that cases name, on JSON text.
using MapState = std::function<Emitted(const std::string&, const Emitted&, TextState&)>;

const std::map<std::string, MapState> map_state_functions{
    {"mws_sum_emit_sum", [](const std::string&, const Emitted& value,
                            TextState& state) { return Emitted(add_to(state, value)); }},
    {"mws_sum_emit_nothing",
     [](const std::string&, const Emitted& value, TextState& state) {
       add_to(state, value);
       return Emitted();
     }},
    {"mws_toggle_emit_removed_key",
     [](const std::string& key, const Emitted& value, TextState& state) {
       if (!state.exists()) {
         state.update(value.value());
         return Emitted();
       }
       state.remove();
       return Emitted(key);
     }},
    {"mws_set1_emit_key_on_timeout",
     [](const std::string& key, const Emitted& value, TextState& state) {
       if (state.is_timing_out()) return Emitted(key);
       EXPECT_TRUE(value);
       state.update("1");
       return Emitted();
     }},
};

void map_with_state(const json& facts) {
  const json& params = facts["params"];
  VirtualStreams streams(millis(facts["batch_ms"]));
  StateSpec<std::string, std::string> spec;
  if (params.contains("timeout_ms")) spec.timeout = millis(params["timeout_ms"]);
  if (params.contains("initial")) {
    std::vector<Pair> states;
    for (const auto& row : params["initial"]) states.emplace_back(row[0].dump(), row[1].dump());
    spec.initial = streams.context().context().parallelize(states, 2);
  }
  auto pairs = input_of(streams, facts, "input", "pre").map([](const std::string& row) {
    json pair = json::parse(row);
    return Pair(pair[0].dump(), pair[1].dump());
  });
  auto stream =
      pairs.map_with_state<std::string>(map_state_functions.at(params["fn"]), std::move(spec));
  auto emitted = streams.collect(stream);
  auto states = streams.collect(stream.state_snapshots());
  streams.run_batches(params.value("num_batches", static_cast<int>(facts["input"].size())));

  ASSERT_FALSE(streams.failure()) << streams.failure()->message();
  auto snapshots = sorted_texts(*states);
  if (facts.contains("expected")) {
    EXPECT_EQ(testing::sorted(*emitted), sorted_texts(facts["expected"]));
  }
  if (facts.contains("expected_state")) {
    EXPECT_EQ(snapshots, sorted_texts(facts["expected_state"]));
  }
  if (facts.contains("expected_flattened_outputs")) {
    std::vector<std::string> all;
    for (const auto& batch : *emitted) all.insert(all.end(), batch.begin(), batch.end());
    EXPECT_EQ(testing::sorted<std::string>({all}),
              sorted_texts(json::array({facts["expected_flattened_outputs"]})));
  }
  if (facts.contains("expected_final_state")) {
    EXPECT_EQ(snapshots.back(), sorted_texts(json::array({facts["expected_final_state"]}))[0]);
  }
  if (facts.contains("expected_some_state")) {
    auto some = sorted_texts(json::array({facts["expected_some_state"]}))[0];
    EXPECT_NE(std::find(snapshots.begin(), snapshots.end(), some), snapshots.end());
  }
}

/// A batch of one key on states from the batch before. Spark's threshold is a time: what was not
/// touched since times out.
void state_record(const json& facts) {
  const json& params = facts["params"];
  const Time initial(millis(params["initial_time_ms"]));
  const Time time(millis(params["batch_time_ms"]));
  VirtualStreams streams(time - initial, {}, "local[2]", initial - (time - initial));
  StateSpec<std::string, int> spec;
  if (!params["timeout_threshold_ms"].is_null()) {
    spec.timeout = time - Time(millis(params["timeout_threshold_ms"]));
  }
  std::vector<std::pair<std::string, int>> states;
  for (const int state : facts["initial_states"]) states.emplace_back("key", state);
  spec.initial = streams.context().context().parallelize(states, 1);
  std::vector<Pair> data;
  for (const std::string what : facts["data"]) data.emplace_back("key", what);
  std::vector<int> timing_out;
  std::vector<int> removed;

  auto stream = streams.given<Pair>({std::vector<Pair>(), data})
                    .map_with_state<int>(
                        [&](const std::string&, const Emitted& what, State<int>& state) {
                          if (!what) {
                            EXPECT_TRUE(state.is_timing_out());
                            timing_out.push_back(state.get());
                          } else if (*what == "get-state") {
                            return std::optional(state.option().value_or(-1));
                          } else if (*what == "remove-state") {
                            removed.push_back(state.get());
                            state.remove();
                          } else {
                            EXPECT_EQ(*what, "noop");
                          }
                          return std::optional<int>();
                        },
                        std::move(spec));
  using Touched = std::pair<std::string, TimedState<int>>;
  DStream<Touched> touched(std::dynamic_pointer_cast<StreamNode>(stream.node()->parents().front()));
  auto output = streams.collect(stream);
  auto states_after = streams.collect(touched);
  streams.run_batches(2);

  ASSERT_FALSE(streams.failure()) << streams.failure()->message();
  json states_with_time = json::array();
  for (const auto& [key, state] : states_after->at(1)) {
    states_with_time.push_back({state.first, state.second / 1000});
  }
  EXPECT_EQ(states_with_time, facts["expected_states_with_time"]);
  EXPECT_EQ(json(output->at(1)), facts["expected_output"]);
  EXPECT_EQ(json(timing_out), facts["expected_timing_out"]);
  EXPECT_EQ(json(removed), facts["expected_removed"]);
}

/// States that were touched before a time are those that time out when that is the threshold.
void states_by_time(const json& facts) {
  const json& puts = facts["puts"];
  const Duration interval = millis(puts[0][2]);
  testing::GivenBatches<Pair> batches;
  for (std::size_t i = 0; i < puts.size(); ++i) {
    ASSERT_EQ(millis(puts[i][2]), interval * (i + 1)) << "a put in each batch";
    batches.emplace_back(std::vector<Pair>{{puts[i][0].dump(), puts[i].dump()}});
  }
  const Duration end = interval * (puts.size() + 1);
  for (const auto& [threshold, expected] : facts["expected_by_time"].items()) {
    VirtualStreams streams(interval);
    StateSpec<std::string, std::string> spec;
    spec.timeout = end - std::chrono::milliseconds(std::stoi(threshold));
    auto ended = streams.given<Pair>(batches).map_with_state<std::string>(
        [](const std::string&, const Emitted& put, TextState& state) {
          if (state.is_timing_out()) return Emitted(state.get());
          state.update(put.value());
          return Emitted();
        },
        spec);
    std::vector<std::string> all;
    for (const auto& batch : streams.run(ended, static_cast<int>(end / interval))) {
      all.insert(all.end(), batch.begin(), batch.end());
    }
    EXPECT_EQ(testing::sorted<std::string>({all}), sorted_texts(json::array({expected})))
        << threshold;
  }
}

void state_object(const json& facts) {
  using Step = std::function<void(State<int>&)>;
  const std::map<std::string, Step> steps{
      {"new", [](State<int>& state) { state = State<int>(); }},
      {"wrap None", [](State<int>& state) { state = State<int>(std::nullopt); }},
      {"wrap 1", [](State<int>& state) { state = State<int>(1); }},
      {"update 2", [](State<int>& state) { state.update(2); }},
      {"new; update 2",
       [](State<int>& state) {
         state = State<int>();
         state.update(2);
       }},
      {"remove", [](State<int>& state) { state.remove(); }},
      {"wrap timing-out 3", [](State<int>& state) { state = State<int>::timing_out(3); }},
  };
  auto expect_error = [](const std::string& error, const std::string& step) {
    EXPECT_NE(error, "nothing thrown") << step;
  };
  State<int> state;
  for (const auto& row : facts["steps"]) {
    const std::string step = row[0];
    const json& expected = row[1];
    steps.at(step)(state);
    EXPECT_EQ(state.exists(), expected["exists"]) << step;
    EXPECT_EQ(state.option().has_value(), expected["exists"]) << step;
    EXPECT_EQ(state.is_updated(), expected.value("updated", false)) << step;
    EXPECT_EQ(state.is_removed(), expected.value("removed", false)) << step;
    EXPECT_EQ(state.is_timing_out(), expected.value("timing_out", false)) << step;
    if (expected.contains("get")) {
      EXPECT_EQ(state.get(), expected["get"]) << step;
    } else {
      ASSERT_EQ(facts["absent_get"], "error");
      expect_error(error_of([&] { (void)state.get(); }), step);
    }
    if (expected.contains("then_update")) expect_error(error_of([&] { state.update(9); }), step);
    if (expected.contains("then_remove")) expect_error(error_of([&] { state.remove(); }), step);
  }
}

/// How many epochs were written into a directory of checkpoints, which keeps the last ones.
int epochs_written(const std::string& directory) {
  constexpr std::string_view prefix = "MANIFEST-";
  int newest = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    std::string name = entry.path().filename();
    if (!name.starts_with(prefix) || name.ends_with(".part")) continue;
    newest = std::max(newest, std::stoi(name.substr(prefix.size())));
  }
  return newest;
}

void checkpoint_interval(const json& facts) {
  testing::TemporaryDirectory directory;
  const Duration interval = millis(facts["batch_ms"]);
  const Duration expected = millis(facts["expected_checkpoint_ms"]);
  const int epochs = 3;
  VirtualStreams streams(interval);
  RecoveryOptions options;
  options.checkpoint_interval = millis(facts["params"]["explicit_ms"]);
  streams.context().checkpoint(directory.path(), options);
  streams.collect(streams.given<Pair>({{{"a", "1"}}})
                      .map_with_state<std::string>(map_state_functions.at("mws_sum_emit_sum")));

  streams.run_batches(static_cast<int>(epochs * expected / interval));
  ASSERT_FALSE(streams.failure()) << streams.failure()->message();
  streams.context().stop();  // They are written beside the batches.

  EXPECT_EQ(epochs_written(directory.path()), 1 + epochs);  // The first says when it began.
}

// Windows.

Rows window(const Rows& rows, const json& size) {
  return rows.window(millis(size["window_ms"]), millis(size["slide_ms"]));
}

void remember_durations(const json& facts) {
  const json& params = facts["params"];
  VirtualStreams streams(millis(facts["batch_ms"]));
  Rows mapped =
      input_of(streams, facts, "input", "pre").map([](const std::string& row) { return row; });
  Rows window1 = window(mapped, params["chain"][1]);
  Rows window2 = window(window1, params["chain"][2]);
  streams.collect(window2);
  streams.context().remember(millis(params["context_remember_ms"]));
  const Duration end = millis(facts["at_ms"]);
  streams.run_batches(static_cast<int>(end / millis(facts["batch_ms"])));

  ASSERT_FALSE(streams.failure()) << streams.failure()->message();
  std::lock_guard lock(streams.context().graph()->generation_mutex());
  for (const auto& [name, rows] :
       std::map<std::string, Rows>{{"map", mapped}, {"window1", window1}, {"window2", window2}}) {
    EXPECT_EQ(rows.node()->remember(), millis(facts["expected_remember_ms"][name])) << name;
    for (const auto& time : facts["kept_times_ms"][name]) {
      EXPECT_TRUE(rows.node()->remembers(Time(millis(time)))) << name << " at " << time;
    }
    for (const auto& time : facts["dropped_times_ms"][name]) {
      EXPECT_FALSE(rows.node()->remembers(Time(millis(time)))) << name << " at " << time;
    }
  }
}

void storage_level(const json& facts) {
  VirtualStreams streams(millis(facts["batch_ms"]));
  Rows parent = streams.given<std::string>({});
  Rows window = parent.window(millis(facts["params"]["window_ms"]));
  auto expect = [&](const std::string& when) {
    const json& expected = facts["expected_facts"][when];
    const json& levels = facts["levels"];
    EXPECT_EQ(to_string(window.node()->storage_level()),
              levels[expected["window"].get<std::string>()].get<std::string>())
        << when;
    EXPECT_EQ(to_string(parent.node()->storage_level()),
              levels[expected["parent"].get<std::string>()].get<std::string>())
        << when;
  };
  expect("after_window");
  window.persist(StorageLevel::memory);
  expect("after_window_persist_MEMORY_ONLY");
}

void refused_window(const json& facts) {
  VirtualStreams streams(millis(facts["batch_ms"]));
  Rows rows = input_of(streams, facts, "input", "pre");
  std::string error = error_of([&] { (void)apply(streams.context(), facts, rows); });
  EXPECT_NE(error.find(facts["expect_error"].get<std::string>()), std::string::npos) << error;
}

}  // namespace

bool run_special_state(const json& facts) {
  static const std::map<std::string, std::function<void(const json&)>> runs{
      {"mapWithState", map_with_state},
      {"stateRecordUpdate", state_record},
      {"stateMapByTime", states_by_time},
      {"stateObject", state_object},
      {"checkpointInterval", checkpoint_interval},
      {"rememberDurations", remember_durations},
      {"storageLevel", storage_level},
  };
  if (facts["op"] == "reduceByKeyAndWindow" && facts.contains("expect_error")) {
    refused_window(facts);
    return true;
  }
  auto found = runs.find(facts["op"]);
  if (found == runs.end()) return false;
  found->second(facts);
  return true;
}

}  // namespace thalweg::semantics
