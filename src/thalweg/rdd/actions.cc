// SPDX-License-Identifier: Apache-2.0
#include "thalweg/rdd/actions.h"

namespace thalweg {

std::vector<int> WideningPartitions::next() {
  std::vector<int> partitions;
  for (int i = 0; i < count_ && next_ < partition_count_; ++i) partitions.push_back(next_++);
  count_ *= 4;
  return partitions;
}

std::vector<std::string> take_texts(const std::shared_ptr<AnyNode>& node, std::size_t count,
                                    AppendTexts append) {
  std::vector<std::string> taken;
  WideningPartitions widening(node->partition_count());
  while (taken.size() < count && !widening.done()) {
    std::vector<int> partitions = widening.next();
    std::vector<std::vector<std::string>> parts(partitions.size());
    throw_if_failed(run_places(
        node, partitions, [&](std::size_t place, int partition, TaskContext& context) -> Status {
          std::vector<std::string> texts;  // Of this attempt.
          try {
            THALWEG_TRY(append(*node, partition, context, count - taken.size(), texts));
          } catch (...) {
            return user_failure(*node, "");
          }
          parts[place] = std::move(texts);
          return {};
        }));
    for (auto& part : parts) {
      for (auto& text : part) {
        if (taken.size() < count) taken.push_back(std::move(text));
      }
    }
  }
  return taken;
}

}  // namespace thalweg
