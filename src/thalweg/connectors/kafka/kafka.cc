// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/kafka/kafka.h"

#include "thalweg/common/loading/loaded_library.h"

namespace thalweg::kafka {
namespace {

constexpr OptionSpec options[] = {
    {.name = "kafka.bootstrap.servers",
     .required = true,
     .help = "Where some of the brokers are: HOST:PORT, several with commas between.",
     .alias = "bootstrap.servers"},
    {.name = "subscribe", .help = "Read: the topics, with commas between."},
    {.name = "subscribePattern",
     .help = "Read: a regular expression; all topics whose whole name matches, new ones too.",
     .alias = "topic-pattern"},
    {.name = "assign", .help = "Read: these partitions only, as JSON: {\"orders\": [0, 1]}."},
    {.name = "startingOffsets",
     .default_value = "latest",
     .help = "Read: earliest, latest, or JSON with -2 for earliest and -1 for latest: "
             "{\"orders\": {\"0\": 23, \"1\": -2}}.",
     .alias = "scan.startup.mode"},
    {.name = "startingTimestamp",
     .type = OptionType::integer,
     .default_value = "-1",
     .help = "Read: from the first record of each partition at or after it, in milliseconds since "
             "1970; -1: startingOffsets says.",
     .min = -1,
     .alias = "scan.startup.timestamp-millis"},
    {.name = "startingOffsetsByTimestampStrategy",
     .default_value = "error",
     .help = "Read: error or latest, where a partition has no record after startingTimestamp."},
    {.name = "failOnDataLoss",
     .type = OptionType::boolean,
     .default_value = "true",
     .help = "Read: whether the query fails when records are gone before it read them."},
    {.name = "includeHeaders",
     .type = OptionType::boolean,
     .default_value = "false",
     .help = "Read: whether there is a column with the headers."},
    {.name = "format",
     .help =
         "Read: json or csv: what the values are; the struct's fields are found in them by name "
         "(csv: by place). Without it the struct's fields are those of the record.",
     .alias = "value.format"},
    {.name = "mode",
     .default_value = "PERMISSIVE",
     .help = "Read: of a value that is not as format says: PERMISSIVE, DROPMALFORMED (both: a dead "
             "letter, or in the corrupt column) or FAILFAST."},
    {.name = "columnNameOfCorruptRecord",
     .default_value = "_corrupt_record",
     .help = "Read: the field of the struct that takes such a value, in the mode PERMISSIVE."},
    {.name = "kafkaConsumer.pollTimeoutMs",
     .type = OptionType::integer,
     .default_value = "120000",
     .help = "Read: how long to wait for records that were planned.",
     .min = 1,
     .max = 86'400'000},
    {.name = "fetchOffset.timeoutMs",
     .type = OptionType::integer,
     .default_value = "5000",
     .help = "Read: how long a broker may take to say which offsets there are.",
     .min = 1,
     .max = 600'000},
    {.name = "partitionDiscoveryMs",
     .type = OptionType::integer,
     .default_value = "5000",
     .help = "Read: how often new topics and partitions are looked for.",
     .min = 0,
     .max = 86'400'000,
     .alias = "scan.topic-partition-discovery.interval"},
    {.name = "topic",
     .help = "Write: the topic of rows without a topic column. Read: the same as subscribe."},
    {.name = "deliveryGuarantee",
     .default_value = "exactly-once",
     .help = "Write: exactly-once, by transactions, or at-least-once.",
     .alias = "sink.delivery-guarantee"},
    {.name = "transactionalId",
     .help = "Write: names the query to the brokers, which refuse older writers of that name; by "
             "default thalweg- and the topic.",
     .alias = "sink.transactional-id-prefix"},
    {.name = "commitTimeoutMs",
     .type = OptionType::integer,
     .default_value = "60000",
     .help = "Write: how long the brokers may take to make a batch visible.",
     .min = 1,
     .max = 900'000},
    {.name = "kafka.sasl.password", .type = OptionType::secret, .help = "Handed to librdkafka."},
    {.name = "kafka.ssl.key.password", .type = OptionType::secret, .help = "Handed to librdkafka."},
    {.name = "kafka.*",
     .help = "Settings of librdkafka, by their names there: kafka.security.protocol.",
     .alias = "properties.*"},
};

Result<const LoadedParts*> parts() {
  auto symbol = loaded_symbol("kafka", "thalweg_kafka");
  if (symbol.ok()) return static_cast<const LoadedParts*>(symbol.value());
  return Status(
      symbol.status().code(),
      "connector kafka needs librdkafka (Debian: librdkafka1; librdkafka-dev where Thalweg "
      "is built): " +
          std::string(symbol.status().message()));
}

Result<std::unique_ptr<Source>> make_source(const Options& chosen,
                                            const ConnectorContext& context) {
  THALWEG_TRY_ASSIGN(const LoadedParts* loaded, parts());
  return loaded->make_source(chosen, context);
}

Result<std::unique_ptr<Sink>> make_sink(const Options& chosen, const ConnectorContext& context) {
  THALWEG_TRY_ASSIGN(const LoadedParts* loaded, parts());
  return loaded->make_sink(chosen, context);
}

}  // namespace

constinit const Connector connector = {
    .name = "kafka",
    .summary = "The topics of a Kafka cluster.",
    .options = options,
    .make_source = make_source,
    .make_sink = make_sink,
};

}  // namespace thalweg::kafka
