// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/files/files.h"

#include "thalweg/connectors/files/reading/source.h"
#include "thalweg/connectors/files/sink.h"

namespace thalweg::files {
namespace {

constexpr OptionSpec options[] = {
    {.name = "path",
     .required = true,
     .help = "The directory: a path, or an address such as hdfs://namenode:9000/out or s3://b/out. "
             "Read: also a file, or a glob of files and directories."},
    {.name = "format",
     .default_value = "text",
     .help = "Of the files: text, json (a line each), csv, parquet; read: also binary."},
    {.name = "schema",
     .help = "Read: the columns, where the program's type does not say: id bigint not null, name "
             "string."},
    {.name = "header",
     .type = OptionType::boolean,
     .default_value = "true",
     .help = "Whether each CSV file begins with the names of its columns."},
    {.name = "partitionBy",
     .help = "Write: columns whose values name directories, NAME=VALUE, and which the files leave "
             "out: day,country.",
     .alias = "partition_by"},
    {.name = "mergeBytes",
     .type = OptionType::integer,
     .default_value = "0",
     .help = "Write: smaller files wait, unseen, until those of a directory are as large together "
             "or mergeInterval has passed, and become one; the rest when the stream ends. 0: each "
             "file is seen at once.",
     .min = 0,
     .alias = "merge_bytes"},
    {.name = "mergeInterval",
     .default_value = "10m",
     .help = "Write: how long rows wait for mergeBytes at most, by the times of batches.",
     .alias = "merge_interval"},
    {.name = "maxFilesPerTrigger",
     .type = OptionType::integer,
     .default_value = "10000",
     .help = "Read: how many files a batch has at most.",
     .min = 1,
     .max = 100'000},
    {.name = "maxBytesPerTrigger",
     .type = OptionType::integer,
     .default_value = "0",
     .help = "Read: how many bytes of files a batch has at most, but for its first file; 0: any "
             "number.",
     .min = 0},
    {.name = "latestFirst",
     .type = OptionType::boolean,
     .default_value = "false",
     .help = "Read: whether the files that were changed last come first."},
    {.name = "maxFileAge",
     .default_value = "7d",
     .help = "Read: files that were changed so long before the newest one that was read are left "
             "out, and forgotten; any age with latestFirst."},
    {.name = "pathGlobFilter", .help = "Read: a glob that the names of files match: *.json."},
    {.name = "recursiveFileLookup",
     .type = OptionType::boolean,
     .default_value = "false",
     .help = "Read: whether files in directories below are read; those in directories named "
             "NAME=VALUE always are."},
    {.name = "cleanSource",
     .default_value = "off",
     .help = "Read: what becomes of a file once no batch needs it: off, delete or archive."},
    {.name = "sourceArchiveDir",
     .help = "Read: where cleanSource=archive moves files to, on the same system; they keep their "
             "path below it."},
    {.name = "ignoreMissingFiles",
     .type = OptionType::boolean,
     .default_value = "false",
     .help = "Read: whether a file that is gone, or was changed, before it could be read is a dead "
             "letter; else the query fails."},
    {.name = "follow",
     .type = OptionType::boolean,
     .default_value = "false",
     .help = "Read: whether text and json files of this machine are followed while they grow and "
             "are rotated, as tail -F does."},
    {.name = "discoveryIntervalMs",
     .type = OptionType::integer,
     .default_value = "0",
     .help = "Read: how often new files are looked for at most; 0: at every batch.",
     .min = 0,
     .max = 86'400'000,
     .alias = "source.monitor-interval"},
    {.name = "maxPartitionBytes",
     .type = OptionType::integer,
     .default_value = "134217728",
     .help = "Read: a larger file is read in parts, where its format can be and it is not "
             "compressed.",
     .min = 1},
    {.name = "maxRecordBytes",
     .type = OptionType::integer,
     .default_value = "16777216",
     .help = "Read: a longer record is a dead letter with its first bytes.",
     .min = 1,
     .max = 1'073'741'824},
    {.name = "mode",
     .default_value = "PERMISSIVE",
     .help = "Read: what becomes of records that are malformed: PERMISSIVE, a row with their text "
             "where there is a column for it, else a dead letter; DROPMALFORMED, a dead letter; "
             "FAILFAST, the query fails."},
    {.name = "columnNameOfCorruptRecord",
     .default_value = "_corrupt_record",
     .help = "Read: the column that has the text of malformed records."},
    {.name = "recordLength",
     .type = OptionType::integer,
     .default_value = "0",
     .help = "Read: how many bytes each record of the format binary has.",
     .min = 0,
     .max = 1'073'741'824},
    {.name = "sep", .default_value = ",", .help = "Read: between the fields of CSV."},
    {.name = "quote", .default_value = "\"", .help = "Read: around fields of CSV; empty: none."},
    {.name = "escape", .default_value = "\\", .help = "Read: before a quote in a field of CSV."},
    {.name = "comment", .help = "Read: lines of CSV that begin with it are skipped."},
    {.name = "nullValue", .help = "Read: a field of CSV that is null when it reads so."},
    {.name = "multiLine",
     .type = OptionType::boolean,
     .default_value = "true",
     .help = "Read: whether quoted fields of CSV may have line ends; if not, large files are read "
             "in parts."},
};

}  // namespace

constinit const Connector connector = {
    .name = "files",
    .summary = "Files of a directory as rows, each once; and rows into files, each batch once.",
    .options = options,
    .make_source = [](const Options& chosen, const ConnectorContext& context)
        -> Result<std::unique_ptr<Source>> { return make_source(chosen, context); },
    .make_sink = [](const Options& chosen, const ConnectorContext& context)
        -> Result<std::unique_ptr<Sink>> { return make_sink(chosen, context); },
    .by_ranges = true,
};

}  // namespace thalweg::files
