// SPDX-License-Identifier: Apache-2.0
#include "thalweg/rdd/spilling/run_order.h"

#include <algorithm>

namespace thalweg {

void sort_by_number(std::vector<SortItem<std::int64_t>>& items) {
  std::stable_sort(items.begin(), items.end(),
                   [](const auto& a, const auto& b) { return a.key < b.key; });
}

auto RunOrder::after() const {
  return [this](std::size_t a, std::size_t b) {
    if (is_before(b, a)) return true;
    return a > b && !is_before(a, b);
  };
}

void RunOrder::push(std::size_t run) {
  heap_.push_back(run);
  std::push_heap(heap_.begin(), heap_.end(), after());
}

std::size_t RunOrder::pop() {
  std::pop_heap(heap_.begin(), heap_.end(), after());
  const std::size_t run = heap_.back();
  heap_.pop_back();
  return run;
}

}  // namespace thalweg
