// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "thalweg/testing/batches.h"

// The operators and functions that the cases in dstream_cases.json name. Rows of any type travel as
// JSON text, so that one set of instantiations runs every case.

namespace thalweg::semantics {

using nlohmann::json;
using Rows = DStream<std::string>;

inline Duration millis(const json& count) {
  return std::chrono::milliseconds(count.get<std::int64_t>());
}

/// What the function of that name makes of a row.
json call(const std::string& function, const json& row);
/// What the function of that name makes of two.
json call(const std::string& function, const json& a, const json& b);

/// A named function of two rows.
inline auto merging(const json& name) {
  return [function = name.get<std::string>()](const std::string& a, const std::string& b) {
    return call(function, json::parse(a), json::parse(b)).dump();
  };
}

/// The stream that the operator described by `op` (its name under "op", "params") makes of `rows`
/// and, where it joins, of `other`.
Rows apply(const StreamingContext& context, const json& op, const Rows& rows,
           const std::optional<Rows>& other = std::nullopt);
/// The same for the operators on pairs; nothing where `op` is none of them.
std::optional<Rows> apply_to_pairs(const json& op, const Rows& rows,
                                   const std::optional<Rows>& other);

/// An input of the case ("input") with the operators that come before its own ("pre").
Rows input_of(testing::VirtualStreams& streams, const json& facts, const std::string& input,
              const std::string& before);
/// The stream that the case is about: its inputs, its operator and those that come after it.
Rows stream_of(testing::VirtualStreams& streams, const json& facts);
/// Rows as the streams have them.
testing::Batches<std::string> texts_of(const json& given);

/// Sets when a file was last changed.
void touch(const std::string& path, Time modified);

/// Runs a case that is about inputs, times or listeners; false where there is no such case.
bool run_special(const json& facts);
/// The same for windows and states that are looked at more closely than batch by batch.
bool run_special_state(const json& facts);
/// The same for streams that go on from a checkpoint.
bool run_recovery(const json& facts);

}  // namespace thalweg::semantics
