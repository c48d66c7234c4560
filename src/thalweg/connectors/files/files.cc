// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/files/files.h"

#include "thalweg/connectors/files/sink.h"

namespace thalweg::files {
namespace {

constexpr OptionSpec options[] = {
    {.name = "path",
     .required = true,
     .help =
         "The directory: a path, or an address such as hdfs://namenode:9000/out or s3://b/out."},
    {.name = "format",
     .default_value = "text",
     .help = "How rows are written: text, json (a line each), csv or parquet."},
    {.name = "header",
     .type = OptionType::boolean,
     .default_value = "true",
     .help = "Whether each CSV file begins with the names of its columns."},
};

}  // namespace

constinit const Connector connector = {
    .name = "files",
    .summary = "Rows into files of a directory, each batch once.",
    .options = options,
    .make_sink = [](const Options& chosen, const ConnectorContext& context)
        -> Result<std::unique_ptr<Sink>> { return make_sink(chosen, context); },
};

}  // namespace thalweg::files
