// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/kafka/sink.h"

#include <optional>
#include <utility>
#include <vector>

#include "thalweg/columnar/column.h"
#include "thalweg/columnar/records.h"
#include "thalweg/common/text.h"
#include "thalweg/connectors/kafka/producing_internal.h"

namespace thalweg::kafka {
namespace {

/// The columns of a batch that make records. Only the value has to be there.
struct RecordParts {
  std::optional<Column> key;
  std::optional<Column> value;
  std::optional<Column> topic;
  std::optional<Column> partition;
  std::optional<Column> timestamp;
  std::optional<Column> headers;
};

Result<RecordParts> parts_of(const Batch& batch) {
  THALWEG_TRY_ASSIGN(Schema schema, schema_of(batch));
  THALWEG_TRY_ASSIGN(auto columns, columns_of(batch));
  auto find = [&](std::string_view name) -> std::optional<Column> {
    auto place = schema.find(name);
    return place ? std::optional(columns[*place]) : std::nullopt;
  };
  RecordParts parts{find("key"),       find("value"),     find("topic"),
                    find("partition"), find("timestamp"), find("headers")};
  // A pair is a key and its value.
  if (!parts.key && !parts.value && columns.size() == 2) {
    parts.key = find("_1");
    parts.value = find("_2");
  }
  if (!parts.value) {
    return Status(ErrorCode::invalid_argument,
                  "sink kafka: a row has no column \"value\": " + to_string(schema) +
                      "; map rows to pairs of key and value, or to a struct with a field of that "
                      "name");
  }
  auto is_number = [](const std::optional<Column>& column) {
    return !column || column->type == Type::int64 || column->type == Type::timestamp_us;
  };
  auto is_text = [](const std::optional<Column>& column) {
    return !column || column->type == Type::text || column->type == Type::bytes;
  };
  if (!is_number(parts.partition) || !is_number(parts.timestamp) || !is_text(parts.topic) ||
      !is_text(parts.headers)) {
    return Status(ErrorCode::invalid_argument,
                  "sink kafka: columns \"partition\" and \"timestamp\" must be integers, \"topic\" "
                  "and \"headers\" texts: got " +
                      to_string(schema));
  }
  return parts;
}

/// A cell as bytes: texts as they are, numbers as people write them; nothing for null.
std::optional<std::string_view> bytes_of(const std::optional<Column>& column, std::size_t row,
                                         std::string& buffer) {
  if (!column || column->is_null(row)) return std::nullopt;
  buffer.clear();
  switch (column->type) {
    case Type::text:
    case Type::bytes:
      return column->text(row);
    case Type::int64:
    case Type::timestamp_us:
      append_number(column->integer(row), buffer);
      break;
    case Type::float64:
      append_number(column->real(row), buffer);
      break;
    case Type::boolean:
      buffer = column->truth(row) ? "true" : "false";
      break;
  }
  return std::string_view(buffer);
}

class KafkaWriter final : public SinkWriter {
 public:
  explicit KafkaWriter(std::shared_ptr<Producing> producing) : producing_(std::move(producing)) {}

  Result<SinkEpoch> committed() override { return producing_->committed(); }

  Status begin(SinkEpoch epoch, int) override {
    epoch_ = epoch;
    if (written_in_ && producing_->transactional()) {
      THALWEG_TRY_ASSIGN(std::int64_t now, producing_->begin(epoch));
      if (now == *written_in_) {
        return {ErrorCode::unavailable,
                "sink kafka: rows of an earlier attempt at a task are in the transaction of the "
                "batch already; the whole batch has to be written again"};
      }
    }
    written_in_.reset();
    return {};
  }

  Status write(const Batch& batch) override {
    if (batch.empty()) return {};
    THALWEG_TRY_ASSIGN(written_in_, producing_->begin(epoch_));
    return batch.is_text() ? write_lines(batch) : write_rows(batch);
  }

  Result<std::string> seal() override { return std::string(); }
  // The rows of all writers become visible together: see the sink.
  Status commit(SinkEpoch, std::string_view) override { return {}; }
  Status abort() override {
    written_in_.reset();
    return producing_->abort();
  }

 private:
  Status write_lines(const Batch& batch) {
    THALWEG_TRY_ASSIGN(auto reader, BatchReader<std::string_view>::make(batch));
    for (std::size_t row = 0; row < reader.row_count(); ++row) {
      std::string_view line;
      THALWEG_TRY(reader.read(row, 1, &line));
      THALWEG_TRY(producing_->produce({.value = line}));
    }
    return {};
  }

  Status write_rows(const Batch& batch) {
    THALWEG_TRY_ASSIGN(RecordParts parts, parts_of(batch));
    std::string key;
    std::string value;
    std::string topic;
    for (std::size_t row = 0; row < batch.row_count(); ++row) {
      Producing::Record record;
      record.key = bytes_of(parts.key, row, key);
      record.value = bytes_of(parts.value, row, value);
      if (parts.topic && !parts.topic->is_null(row)) {
        topic = parts.topic->text(row);
        record.topic = &topic;
      }
      if (parts.partition && !parts.partition->is_null(row)) {
        record.partition = static_cast<std::int32_t>(parts.partition->integer(row));
      }
      if (parts.timestamp && !parts.timestamp->is_null(row)) {
        record.timestamp_ms = parts.timestamp->integer(row) / 1000;
      }
      if (parts.headers && !parts.headers->is_null(row)) {
        record.headers = parts.headers->text(row);
      }
      THALWEG_TRY(producing_->produce(record));
    }
    return {};
  }

  const std::shared_ptr<Producing> producing_;
  SinkEpoch epoch_ = -1;
  std::optional<std::int64_t> written_in_;  ///< The transaction that has rows of this writer.
};

class KafkaSink final : public Sink {
 public:
  KafkaSink(ProducingOptions options, Clock& clock)
      : producing_(std::make_shared<Producing>(std::move(options), clock)) {}

  Guarantee guarantee() const override {
    return producing_->transactional() ? Guarantee::transactional : Guarantee::at_least_once;
  }
  Result<std::unique_ptr<SinkWriter>> open(int, int) override {
    return std::unique_ptr<SinkWriter>(std::make_unique<KafkaWriter>(producing_));
  }
  Status commit(SinkEpoch epoch, std::span<const std::string>) override {
    return producing_->commit(epoch);
  }

 private:
  const std::shared_ptr<Producing> producing_;
};

}  // namespace

Result<std::unique_ptr<Sink>> make_sink(const Options& options, const ConnectorContext& context) {
  ProducingOptions producing;
  producing.topic = options.text("topic");
  producing.timeout = options.millis("commitTimeoutMs");
  producing.settings = options.texts_under("kafka.");
  const std::string& guarantee = options.text("deliveryGuarantee");
  if (guarantee != "exactly-once" && guarantee != "at-least-once") {
    return Status(ErrorCode::invalid_argument,
                  "sink kafka: option \"deliveryGuarantee\" must be exactly-once or at-least-once: "
                  "got " +
                      guarantee);
  }
  if (producing.topic.empty()) {
    return Status(ErrorCode::invalid_argument,
                  "sink kafka: option \"topic\" says where rows go, and which topic the numbers of "
                  "batches are kept for; set it");
  }
  if (guarantee == "exactly-once") {
    producing.transactional_id = options.text("transactionalId");
    if (producing.transactional_id.empty())
      producing.transactional_id = "thalweg-" + producing.topic;
    producing.settings.insert_or_assign("transactional.id", Secret(producing.transactional_id));
    producing.settings.emplace("transaction.timeout.ms", Secret("300000"));
  }
  producing.settings.emplace("enable.idempotence", Secret("true"));
  producing.settings.emplace("linger.ms", Secret("5"));
  producing.settings.emplace("compression.type", Secret("lz4"));
  THALWEG_TRY(check_settings(producing.settings, "sink kafka"));
  return std::unique_ptr<Sink>(std::make_unique<KafkaSink>(std::move(producing), context.clock));
}

}  // namespace thalweg::kafka
