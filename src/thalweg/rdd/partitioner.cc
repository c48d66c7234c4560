// SPDX-License-Identifier: Apache-2.0
#include "thalweg/rdd/partitioner.h"

#include <string>

namespace thalweg {

void AnyPartitioner::refuse_partition(int partition) const {
  throw Error(ErrorCode::invalid_argument, "partitioner named partition " +
                                               std::to_string(partition) + "; it has 0 to " +
                                               std::to_string(partition_count() - 1));
}

std::shared_ptr<const AnyPartitioner> own_partitioner(const AnyPartitioner* partitioner) {
  return std::shared_ptr<const AnyPartitioner>(partitioner);
}

}  // namespace thalweg
