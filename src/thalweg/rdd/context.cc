// SPDX-License-Identifier: Apache-2.0
#include "thalweg/rdd/context.h"

#include <limits>

namespace thalweg {
RDD<std::int64_t> Context::range(std::int64_t begin, std::int64_t end, std::int64_t step,
                                 int partitions) const {
  if (step == 0) throw Error(ErrorCode::invalid_argument, "range step must not be 0");
  auto span = step > 0 ? static_cast<Uint128>(end) - static_cast<Uint128>(begin)
                       : static_cast<Uint128>(begin) - static_cast<Uint128>(end);
  auto stride = step > 0 ? static_cast<Uint128>(step) : -static_cast<Uint128>(step);
  bool some = step > 0 ? begin < end : begin > end;
  auto elements = some ? (span + stride - 1) / stride : 0;
  if (elements > static_cast<Uint128>(std::numeric_limits<std::int64_t>::max())) {
    throw Error(ErrorCode::invalid_argument, "range has more than 2^63 - 1 elements");
  }
  auto count = static_cast<std::int64_t>(elements);
  return RDD<std::int64_t>(
      make_node<RangeNode>(session_, begin, step, count, count_or_default(partitions)));
}

RDD<std::string_view> Context::text_file(const std::string& path, int partitions_min) const {
  auto found = matching_files(session_->files, path);
  if (!found.ok()) throw Error(found.status().within("text_file"));
  auto files = std::move(found).value();
  auto splits =
      value_or_throw(split_files(session_->files, files, count_or_default(partitions_min)));
  return RDD<std::string_view>(make_node<TextFileNode>(session_, std::move(splits)));
}

int Context::count_or_default(int partitions) const {
  if (partitions < 0) {
    throw Error(ErrorCode::invalid_argument,
                "the number of partitions must not be negative: got " + std::to_string(partitions));
  }
  return partitions == 0 ? default_partition_count() : partitions;
}

}  // namespace thalweg
