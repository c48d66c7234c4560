// SPDX-License-Identifier: Apache-2.0
#include "case_operators.h"

#include <functional>
#include <map>
#include <stdexcept>
#include <vector>

namespace thalweg::semantics {
namespace {

std::vector<std::string> rows_of(const json& list) {
  std::vector<std::string> rows;
  for (const auto& row : list) rows.push_back(row.dump());
  return rows;
}

json list_of(auto&& rows) {
  json list = json::array();
  for (const std::string& row : rows) list.push_back(json::parse(row));
  return list;
}

Rows numbers(const DStream<std::int64_t>& stream) {
  return stream.map([](std::int64_t number) { return std::to_string(number); });
}

Rows counts(const DStream<std::pair<std::string, std::int64_t>>& stream) {
  return stream.map([](const std::pair<std::string, std::int64_t>& row) {
    return json::array({json::parse(row.first), row.second}).dump();
  });
}

Rows map(const Rows& rows, const std::string& function) {
  return rows.map(
      [function](const std::string& row) { return call(function, json::parse(row)).dump(); });
}

/// A stream with its own images, by the call that the case is about.
Rows union_with_images(const json& op, const Rows& rows, const StreamingContext& context) {
  std::vector<Rows> all{rows};
  for (const auto& function : op["params"]["fns"]) all.push_back(map(rows, function));
  if (op["api"] == "union_with") return all[0].union_with(all[1]);
  if (op["api"] == "union_of") return context.union_of(all);
  if (op["api"] == "transform") {
    return context.transform(
        all, [](const std::vector<RDD<std::string>>& rdds, Time) { return union_of(rdds); });
  }
  throw std::runtime_error("no call " + op["api"].dump());
}

Rows transform(const json& op, const Rows& rows) {
  const json& what = op["params"]["rdd_op"];
  if (what == "return_null") {
    return rows.transform(
        [](const RDD<std::string>&) { return std::optional<RDD<std::string>>(); });
  }
  if (what == "sortByKey") {
    return rows.transform([](const RDD<std::string>& rdd) {
      return rdd
          .map(
              [](const std::string& row) { return std::pair(json::parse(row)[0].get<int>(), row); })
          .sort_by_key()
          .values();
    });
  }
  return rows.transform(
      [function = what["params"]["fn"].get<std::string>()](const RDD<std::string>& rdd) {
        return rdd.map(
            [function](const std::string& row) { return call(function, json::parse(row)).dump(); });
      });
}

testing::GivenBatches<std::string> batches_of(const json& input) {
  testing::GivenBatches<std::string> batches;
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

using Operator = std::function<Rows(const json& op, const Rows& rows)>;

const std::map<std::string, Operator> operators{
    {"identity", [](const json&, const Rows& rows) { return rows; }},
    {"map", [](const json& op, const Rows& rows) { return map(rows, op["params"]["fn"]); }},
    {"filter",
     [](const json& op, const Rows& rows) {
       return rows.filter(
           [function = op["params"]["fn"].get<std::string>()](const std::string& row) -> bool {
             return call(function, json::parse(row)).get<bool>();
           });
     }},
    {"flatMap",
     [](const json& op, const Rows& rows) {
       return rows.flat_map(
           [function = op["params"]["fn"].get<std::string>()](const std::string& row) {
             return rows_of(call(function, json::parse(row)));
           });
     }},
    {"mapPartitions",
     [](const json& op, const Rows& rows) {
       return rows.map_partitions([function = op["params"]["fn"].get<std::string>()](auto part) {
         return rows_of(call(function, list_of(part)));
       });
     }},
    {"glom",
     [](const json&, const Rows& rows) {
       return rows.glom().map(
           [](const std::vector<std::string>& part) { return list_of(part).dump(); });
     }},
    {"repartition",
     [](const json& op, const Rows& rows) {
       return rows.repartition(op["params"]["num_partitions"].get<int>());
     }},
    {"reduce",
     [](const json& op, const Rows& rows) { return rows.reduce(merging(op["params"]["fn"])); }},
    {"count", [](const json&, const Rows& rows) { return numbers(rows.count()); }},
    {"countByValue", [](const json&, const Rows& rows) { return counts(rows.count_by_value()); }},
    {"transform", transform},
    {"window",
     [](const json& op, const Rows& rows) {
       const json& params = op["params"];
       return rows.window(millis(params["window_ms"]), millis(params.value("slide_ms", json(0))));
     }},
    {"reduceByWindow",
     [](const json& op, const Rows& rows) {
       const json& params = op["params"];
       return rows.reduce_by_window(merging(params["fn"]), merging(params["inv_fn"]),
                                    millis(params["window_ms"]), millis(params["slide_ms"]));
     }},
    {"countByWindow",
     [](const json& op, const Rows& rows) {
       const json& params = op["params"];
       return numbers(
           rows.count_by_window(millis(params["window_ms"]), millis(params["slide_ms"])));
     }},
    {"countByValueAndWindow",
     [](const json& op, const Rows& rows) {
       const json& params = op["params"];
       return counts(
           rows.count_by_value_and_window(millis(params["window_ms"]), millis(params["slide_ms"])));
     }},
};

}  // namespace

Rows apply(const StreamingContext& context, const json& op, const Rows& rows,
           const std::optional<Rows>& other) {
  std::string name = op.at("op");
  if (name == "unionSelfMapped") return union_with_images(op, rows, context);
  if (auto found = operators.find(name); found != operators.end()) return found->second(op, rows);
  if (auto made = apply_to_pairs(op, rows, other)) return *made;
  throw std::runtime_error("no operator " + name);
}

Rows input_of(testing::VirtualStreams& streams, const json& facts, const std::string& input,
              const std::string& before) {
  Rows rows =
      streams.given<std::string>(batches_of(facts[input]), facts.value("input_partitions", 2));
  for (const auto& op : facts.value(before, json::array())) {
    rows = apply(streams.context(), op, rows);
  }
  return rows;
}

Rows stream_of(testing::VirtualStreams& streams, const json& facts) {
  std::optional<Rows> other;
  Rows rows = input_of(streams, facts, "input", "pre");
  if (facts.contains("input2")) other = input_of(streams, facts, "input2", "pre2");
  rows = apply(streams.context(), facts, rows, other);
  for (const auto& op : facts.value("post", json::array())) {
    rows = apply(streams.context(), op, rows);
  }
  return rows;
}

testing::Batches<std::string> texts_of(const json& given) {
  testing::Batches<std::string> batches;
  for (const auto& batch : given) {
    batches.emplace_back();
    for (const auto& row : batch) batches.back().push_back(row.dump());
  }
  return batches;
}

}  // namespace thalweg::semantics
