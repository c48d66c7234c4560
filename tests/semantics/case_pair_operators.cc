// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <functional>
#include <map>
#include <vector>

#include "case_operators.h"

namespace thalweg::semantics {
namespace {

using Pair = std::pair<std::string, std::string>;
using Pairs = DStream<Pair>;
using Values = std::vector<std::string>;

Pairs to_pairs(const Rows& rows) {
  return rows.map([](const std::string& row) {
    json pair = json::parse(row);
    return Pair(pair[0].dump(), pair[1].dump());
  });
}

json value_of(const std::string& value) { return json::parse(value); }
json value_of(const std::optional<std::string>& value) {
  return value ? json::parse(*value) : json();
}
/// Sorted, as the order within a group is free.
json value_of(Values values) {
  std::sort(values.begin(), values.end());
  json list = json::array();
  for (const auto& value : values) list.push_back(json::parse(value));
  return list;
}
template <typename A, typename B>
json value_of(const std::pair<A, B>& both) {
  return {value_of(both.first), value_of(both.second)};
}

template <typename V>
Rows to_rows(const DStream<std::pair<std::string, V>>& pairs) {
  return pairs.map([](const std::pair<std::string, V>& row) {
    return json::array({json::parse(row.first), value_of(row.second)}).dump();
  });
}

/// A named function of one.
auto mapping(const json& name) {
  return [function = name.get<std::string>()](const std::string& value) {
    return call(function, json::parse(value)).dump();
  };
}

Rows transform_with(const json& op, const Rows& rows, const Rows& other) {
  if (op["params"]["rdd_op"] == "union") {
    return rows.transform_with(other, [](const RDD<std::string>& a, const RDD<std::string>& b) {
      return a.union_with(b);
    });
  }
  return to_rows(to_pairs(rows).transform_with(
      to_pairs(other), [](const RDD<Pair>& a, const RDD<Pair>& b) { return a.join(b); }));
}

Rows reduce_windows(const json& params, const Pairs& pairs) {
  Duration length = millis(params["window_ms"]);
  Duration slide = millis(params["slide_ms"]);
  auto add = merging(params.value("fn", json("add")));
  if (params.value("inv_fn", json()).is_null()) {
    return to_rows(pairs.reduce_by_key_and_window(add, length, slide));
  }
  auto remove = merging(params["inv_fn"]);
  if (!params.contains("filter_fn")) {
    return to_rows(pairs.reduce_by_key_and_window(add, remove, length, slide));
  }
  auto keep = [function = params["filter_fn"].get<std::string>()](const Pair& row) -> bool {
    return call(function, value_of(row)).get<bool>();
  };
  return to_rows(pairs.reduce_by_key_and_window(add, remove, length, slide, 0, keep));
}

Rows update_state(const json& params, const Pairs& pairs) {
  auto update = [function = params["fn"].get<std::string>()](
                    const Values& values, const std::optional<std::string>& state) {
    json list = json::array();
    for (const auto& value : values) list.push_back(json::parse(value));
    json updated = call(function, list, value_of(state));
    return updated.is_null() ? std::nullopt : std::optional(updated.dump());
  };
  StateSpec<std::string, std::string> spec;
  if (params.contains("initial")) {
    std::vector<Pair> states;
    for (const auto& row : params["initial"]) states.emplace_back(row[0].dump(), row[1].dump());
    spec.initial = pairs.context().parallelize(states, 2);
  }
  if (!params.contains("form")) {
    return to_rows(pairs.update_state_by_key<std::string>(update, spec));
  }
  // The form that also sees the key, here with a partitioner of the user's.
  spec.partitioner = std::make_shared<HashPartitioner<std::string>>(2);
  return to_rows(pairs.update_state_by_key<std::string>(
      [update](const std::string&, const Values& values, const std::optional<std::string>& state) {
        return update(values, state);
      },
      spec));
}

using Operator = std::function<Rows(const json& params, const Pairs& pairs)>;
using Join = std::function<Rows(const Pairs& left, const Pairs& right)>;

const std::map<std::string, Operator> operators{
    {"mapValues",
     [](const json& params, const Pairs& pairs) {
       return to_rows(pairs.map_values(mapping(params["fn"])));
     }},
    {"flatMapValues",
     [](const json& params, const Pairs& pairs) {
       return to_rows(pairs.flat_map_values(
           [function = params["fn"].get<std::string>()](const std::string& value) {
             Values values;
             for (const auto& each : call(function, json::parse(value))) {
               values.push_back(each.dump());
             }
             return values;
           }));
     }},
    {"groupByKey", [](const json&, const Pairs& pairs) { return to_rows(pairs.group_by_key()); }},
    {"reduceByKey",
     [](const json& params, const Pairs& pairs) {
       return to_rows(pairs.reduce_by_key(merging(params["fn"])));
     }},
    {"combineByKey",
     [](const json& params, const Pairs& pairs) {
       return to_rows(pairs.combine_by_key(
           mapping(params["create"]), merging(params["merge_value"]),
           merging(params["merge_combiners"]), params.value("num_partitions", 0)));
     }},
    {"groupByKeyAndWindow",
     [](const json& params, const Pairs& pairs) {
       return to_rows(
           pairs.group_by_key_and_window(millis(params["window_ms"]), millis(params["slide_ms"])));
     }},
    {"reduceByKeyAndWindow", reduce_windows},
    {"updateStateByKey", update_state},
};

const std::map<std::string, Join> joins{
    {"cogroup", [](const Pairs& a, const Pairs& b) { return to_rows(a.cogroup(b)); }},
    {"join", [](const Pairs& a, const Pairs& b) { return to_rows(a.join(b)); }},
    {"leftOuterJoin", [](const Pairs& a, const Pairs& b) { return to_rows(a.left_outer_join(b)); }},
    {"rightOuterJoin",
     [](const Pairs& a, const Pairs& b) { return to_rows(a.right_outer_join(b)); }},
    {"fullOuterJoin", [](const Pairs& a, const Pairs& b) { return to_rows(a.full_outer_join(b)); }},
};

}  // namespace

std::optional<Rows> apply_to_pairs(const json& op, const Rows& rows,
                                   const std::optional<Rows>& other) {
  std::string name = op.at("op");
  if (name == "transformWith") return transform_with(op, rows, other.value());
  if (auto found = operators.find(name); found != operators.end()) {
    return found->second(op.value("params", json::object()), to_pairs(rows));
  }
  if (auto found = joins.find(name); found != joins.end()) {
    return found->second(to_pairs(rows), to_pairs(other.value()));
  }
  return std::nullopt;
}

}  // namespace thalweg::semantics
