// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <ostream>

#include "thalweg/connectors/connector.h"

namespace thalweg::console {

/// Prints what each writer committed to `out`: a line for the epoch, its first `rows_max` rows, and
/// how many more there are. `out` must outlive the sink and its writers, which take turns.
std::unique_ptr<Sink> make_sink(std::ostream& out, std::size_t rows_max);

}  // namespace thalweg::console
