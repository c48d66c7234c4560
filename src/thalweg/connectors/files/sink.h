// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "thalweg/connectors/connector.h"

namespace thalweg::files {

/// A sink that writes each writer's share of an epoch into a file of its own:
///
///     out/part-00001795286426000000-00000.json      committed: visible to everyone
///     out/day=1/part-00001795286426000000-00000.json    the same with partitionBy=day
///     out/_thalweg/staged/...                       written, not committed: nobody reads it
///     out/_thalweg/waiting/...                      with mergeBytes: committed, not visible yet
///     out/_thalweg/epoch-00001795286426000000       the epoch's files: it is committed as a whole
///
/// commit() renames a staged file to the name that epoch and writer give it, and repeated finds it
/// there; the sink's commit() then writes the epoch's manifest, also by a rename. An epoch that is
/// run again before its manifest is there replaces its own files. A writer without rows leaves no
/// file.
///
/// With mergeBytes smaller files wait, and the sink's commit() merges those of a directory once
/// they are large or old enough; end() merges the rest.
///
/// Errors: invalid_argument for a format there is not, and for columns of partitionBy that the rows
///         lack or that have more than 1000 values in one writer's share of an epoch; unsupported
///         where Parquet can't be loaded; those of the file system.
Result<std::unique_ptr<Sink>> make_sink(const Options& options, const ConnectorContext& context);

}  // namespace thalweg::files
