// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include <gtest/gtest.h>

#include "thalweg/testing/batches.h"

namespace thalweg::testing {

/// Of streams that begin with 200 records a batch, of which a batch manages 100: runs batches, and
/// expects them to come down to that.
inline void expect_slow_batches_to_take_less(VirtualStreams& streams) {
  while (streams.counter().reports().size() < 60) streams.run_batches(1);

  EXPECT_EQ(streams.failure(), std::nullopt);
  auto reports = streams.counter().reports();
  EXPECT_EQ(reports[0].record_count(), 200);
  for (std::size_t batch = 50; batch < 60; ++batch) {
    EXPECT_LE(reports[batch].record_count(), 110) << batch;
    EXPECT_GT(reports[batch].record_count(), 0) << batch;
  }
}

}  // namespace thalweg::testing
