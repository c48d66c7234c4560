// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace thalweg {

// The parts of sorting that do not depend on the type of the rows.

/// A row where it lies, and the key by which it is sorted.
template <typename K>
struct SortItem {
  K key;
  const void* row;
};

/// Sorts by key; equal ones stay as they are.
void sort_by_number(std::vector<SortItem<std::int64_t>>& items);

/// Which of the runs that are merged is the next. Runs have numbers; of equal ones the earlier is
/// first.
///
/// One thread.
class RunOrder {
 public:
  RunOrder(const RunOrder&) = delete;
  RunOrder& operator=(const RunOrder&) = delete;

 protected:
  RunOrder() = default;
  ~RunOrder() = default;

  /// Whether the current row of run `a` comes before that of run `b`. May throw.
  [[nodiscard]] virtual bool is_before(std::size_t a, std::size_t b) const = 0;

  [[nodiscard]] bool empty() const { return heap_.empty(); }
  /// Lets a run take part. Throws what is_before() throws.
  void push(std::size_t run);
  /// The run whose current row is the first; it takes part no more. Throws what is_before() throws.
  /// REQUIRES: !empty().
  std::size_t pop();

 private:
  [[nodiscard]] auto after() const;

  std::vector<std::size_t> heap_;
};

}  // namespace thalweg
