// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "thalweg/columnar/type.h"

namespace thalweg {

/// Whether values of a column of the type `found` can be read where `wanted` is asked for.
constexpr bool type_fits(Type wanted, Type found) {
  switch (wanted) {
    case Type::text:
    case Type::bytes:
      return found == Type::text || found == Type::bytes;
    case Type::int64:
    case Type::timestamp_us:
      return found == Type::int64 || found == Type::timestamp_us;
    case Type::float64:
      return found == Type::float64 || found == Type::int64;
    case Type::boolean:
      return found == Type::boolean;
  }
  return false;
}

}  // namespace thalweg
