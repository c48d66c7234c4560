// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "thalweg/testing/batches.h"

// The operators and functions that the cases in dstream_cases.json name. Rows of any type travel as
// JSON text, so that one set of instantiations runs every case.

namespace thalweg::semantics {

using nlohmann::json;
using Rows = DStream<std::string>;

/// What the function of that name makes of a row.
json call(const std::string& function, const json& row);
/// What the function of that name makes of two.
json call(const std::string& function, const json& a, const json& b);

/// The stream that the operator described by `op` (its name under "op", "params") makes of `rows`
/// and, where it joins, of `other`.
Rows apply(const StreamingContext& context, const json& op, const Rows& rows,
           const std::optional<Rows>& other = std::nullopt);
/// The same for the operators on pairs; nothing where `op` is none of them.
std::optional<Rows> apply_to_pairs(const json& op, const Rows& rows,
                                   const std::optional<Rows>& other);

/// Runs a case that is about inputs, times or listeners; false where there is no such case.
bool run_special(const json& facts);

}  // namespace thalweg::semantics
