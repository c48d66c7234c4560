// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "thalweg/columnar/batch.h"
#include "thalweg/columnar/schema.h"
#include "thalweg/connectors/files/reading/reading_options.h"

namespace thalweg::files {

/// The columns that a file has by the names of the directories it is in: /in/day=2026-11-21/a.json
/// has a column "day". Where such a column is wanted it comes from there, not from the file.
/// Names and values are as Hive writes them: %2F is a slash, __HIVE_DEFAULT_PARTITION__ is null.
///
/// Source: Spark's partition discovery. Thread safety: const methods may be called concurrently.
class PartitionColumns {
 public:
  PartitionColumns() = default;

  /// Of a file of that address. `wanted`: null for lines of text.
  /// Errors: data_loss for a value that does not fit the wanted column, with the address.
  static Result<PartitionColumns> make(std::string_view address, const ReadingOptions& reading,
                                       const Schema* wanted);

  /// The columns that the file itself has to have.
  [[nodiscard]] const Schema& in_file() const { return in_file_; }

  /// The batch with the columns of the directories, in the order in which they are wanted.
  [[nodiscard]] Result<Batch> add_to(const Batch& batch) const;

 private:
  struct Constant {
    std::size_t place = 0;             ///< Among the wanted columns.
    std::optional<std::string> value;  ///< As text; none: null.
  };

  Schema wanted_;
  Schema in_file_;
  std::vector<Constant> constants_;  ///< By place.
};

/// The names and values that the directories of an address have, without what % stands for.
std::vector<std::pair<std::string, std::string>> directory_values(std::string_view address);

}  // namespace thalweg::files
