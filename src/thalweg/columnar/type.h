// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace thalweg {

/// The type of a column's values. A value of any type may be null.
enum class Type {
  boolean,
  int64,         ///< Integers of every width; those that do not fit are refused, never wrapped.
  float64,       ///< Of every width.
  text,          ///< UTF-8 by intent. Not checked: what came in goes out.
  bytes,         ///< Anything.
  timestamp_us,  ///< Microseconds since 1970-01-01 UTC.
};

/// The type as people read it: "int64". Lives for ever.
std::string_view to_string(Type type);

}  // namespace thalweg
