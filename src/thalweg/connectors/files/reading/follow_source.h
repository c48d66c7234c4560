// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "thalweg/connectors/connector.h"
#include "thalweg/connectors/files/reading/reading_options.h"

namespace thalweg::files {

/// A source that follows files while they grow, as tail does: each is a partition, known by its
/// identity, so that a rename changes nothing. Batches have whole lines.
///
/// A file that is gone from the place (rotated away, removed) is read on until nothing came for
/// `quiet_after_gone`; then a last line without an end is a line too, and the partition is over. A
/// file that became shorter was cut off, which is said, and is read from its beginning.
///
/// Errors: invalid_argument for a format that has no lines, or options that don't go together.
Result<std::unique_ptr<Source>> make_follow_source(ReadingOptions reading,
                                                   const ConnectorContext& context);

/// How long a file that is gone has to be quiet to be over.
inline constexpr Duration quiet_after_gone = std::chrono::seconds(10);
/// Files that are followed at once, at most; others wait, which is said.
inline constexpr std::size_t followed_max = 1000;
/// Bytes of a file in a batch, unless a line is longer.
inline constexpr std::uint64_t followed_bytes_max = std::uint64_t{256} << 20;

}  // namespace thalweg::files
