// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "thalweg/common/time.h"
#include "thalweg/dstream/node.h"
#include "thalweg/rdd/actions.h"

namespace thalweg {

/// Prints a batch to standard output as Scala's DStream.print() does: a header with the time, at
/// most `rows` of the lines, "..." when there are more, an empty line; then flushes.
void print_batch(Time time, const std::vector<std::string>& lines, std::size_t rows);

/// Prints the first `rows` rows of each batch of a stream. `append`: append_texts() of its type.
void add_print(const std::shared_ptr<StreamNode>& stream, std::size_t rows, AppendTexts append);

/// "prefix-MILLISECONDS", with ".suffix" where there is one.
std::string batch_directory(const std::string& prefix, Time time, const std::string& suffix);

}  // namespace thalweg
