// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "thalweg/connectors/connector.h"

namespace thalweg::files {

/// A place in a file that is followed while it grows.
struct FollowPosition {
  std::uint64_t offset = 0;
  bool from_begin = false;  ///< The file was cut off since the place before: its bytes are new.
  bool over = false;        ///< Nothing will come behind it.

  friend bool operator==(const FollowPosition&, const FollowPosition&) = default;
};

/// "offset=12", with ";anew" or ";over" behind it.
Position to_position(const FollowPosition& place);
/// Errors: data_loss. Of a reader's own ("offset=12;row=3") only the offset is taken.
Result<FollowPosition> follow_position_of(const Position& position);

}  // namespace thalweg::files
