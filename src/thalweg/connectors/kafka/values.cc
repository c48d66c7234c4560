// SPDX-License-Identifier: Apache-2.0
#include <string_view>
#include <utility>

#include "thalweg/connectors/kafka/values_internal.h"
#include "thalweg/connectors/kafka_position.h"

namespace thalweg::kafka {

Result<ValueFormat> ValueFormat::make(const Options& options, const ConnectorContext& context) {
  ValueFormat format;
  format.name = options.text("format");
  if (format.name.empty()) return format;
  if (format.name != "json" && format.name != "csv") {
    return Status(ErrorCode::invalid_argument, "source kafka: values can't have the format \"" +
                                                   format.name + "\"; there are: json, csv");
  }
  if (context.wanted == nullptr || context.wanted->fields.empty()) {
    return Status(ErrorCode::invalid_argument,
                  "source kafka: no columns to read " + format.name +
                      " into; read the stream as a struct: direct_stream<Order>(\"kafka\", ...)");
  }
  format.wanted = *context.wanted;
  THALWEG_TRY_ASSIGN(format.options.mode, parse_mode_of(options.text("mode")));
  format.options.corrupt_column = options.text("columnNameOfCorruptRecord");
  auto decoder = make_decoder(format.name, format.wanted, format.options);
  if (!decoder.ok()) return decoder.status().within("source kafka");
  return format;
}

Result<Polled> decode_values(const std::vector<Message>& records, RecordDecoder& decoder) {
  Polled polled;
  std::vector<std::string_view> texts;
  std::vector<std::int64_t> offsets;
  for (const auto& record : records) {
    if (record->payload == nullptr) {
      polled.rejected.push_back({to_position({record->offset}), "record has no value", ""});
      continue;
    }
    texts.emplace_back(static_cast<const char*>(record->payload), record->len);
    offsets.push_back(record->offset);
  }
  auto decoded = decoder.decode_each(texts);
  if (!decoded.ok()) return decoded.status().within("source kafka");
  for (auto& rejected : decoded.value().rejected) {
    polled.rejected.push_back({to_position({offsets[rejected.offset]}), std::move(rejected.reason),
                               std::string(texts[rejected.offset])});
  }
  polled.batch = std::move(decoded.value().batch);
  return polled;
}

}  // namespace thalweg::kafka
