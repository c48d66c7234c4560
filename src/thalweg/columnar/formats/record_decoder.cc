// SPDX-License-Identifier: Apache-2.0
#include "thalweg/columnar/formats/record_decoder.h"

#include <algorithm>

#include "thalweg/columnar/formats/decoded_rows_internal.h"
#include "thalweg/common/loading/loaded_library.h"

namespace thalweg {
namespace {

class TextDecoder final : public RecordDecoder {
 public:
  [[nodiscard]] std::size_t whole_records(std::string_view bytes, bool last) const override {
    return whole_lines(bytes, last);
  }
  Result<Decoded> decode(const RecordBlock& block) override {
    if (block.bytes.empty()) return Decoded();
    if (block.bytes.back() == '\n') return Decoded{Batch::of_text(block.owner, block.bytes), {}};
    return Decoded{Batch::of_text(std::string(block.bytes) + '\n'), {}};
  }
};

class BinaryDecoder final : public RecordDecoder {
 public:
  BinaryDecoder(const Schema& wanted, const DecoderOptions& options)
      : record_bytes_(options.record_bytes), rows_(wanted, options) {}

  [[nodiscard]] std::size_t whole_records(std::string_view bytes, bool last) const override {
    return last ? bytes.size() : bytes.size() - bytes.size() % record_bytes_;
  }
  [[nodiscard]] bool is_line_wise() const override { return false; }

  Result<Decoded> decode(const RecordBlock& block) override {
    std::size_t record_count = block.bytes.size() / record_bytes_;
    THALWEG_TRY(rows_.begin(block.bytes.size()));
    for (std::size_t i = 0; i < record_count; ++i) {
      rows_.begin_row();
      rows_.put_text(0, block.bytes.substr(i * record_bytes_, record_bytes_));
      rows_.keep_row();
    }
    std::size_t rest = block.bytes.size() % record_bytes_;
    if (rest > 0) {
      THALWEG_TRY(rows_.reject(block.bytes.substr(record_count * record_bytes_),
                               record_count * record_bytes_,
                               "record is shorter than " + std::to_string(record_bytes_) +
                                   " bytes: it has " + std::to_string(rest)));
    }
    return rows_.finish();
  }

 private:
  const std::size_t record_bytes_;
  DecodedRows rows_;
};

bool is_one_column(const Schema& wanted, Type type, Type other) {
  return wanted.fields.size() == 1 &&
         (wanted.fields[0].type == type || wanted.fields[0].type == other);
}

Result<std::unique_ptr<RecordDecoder>> make_text_decoder(const Schema& wanted) {
  if (!wanted.fields.empty() && !is_one_column(wanted, Type::text, Type::bytes)) {
    return Status(ErrorCode::invalid_argument,
                  "text has one column of text, not " + to_string(wanted) +
                      "; read it as std::string_view, or choose the format json or csv");
  }
  return std::unique_ptr<RecordDecoder>(std::make_unique<TextDecoder>());
}

Result<std::unique_ptr<RecordDecoder>> make_binary_decoder(const Schema& wanted,
                                                           const DecoderOptions& options) {
  if (!is_one_column(wanted, Type::bytes, Type::text)) {
    return Status(ErrorCode::invalid_argument, "binary has one column of bytes, not " +
                                                   to_string(wanted) +
                                                   "; read it as std::string_view");
  }
  if (options.record_bytes == 0) {
    return Status(ErrorCode::invalid_argument,
                  "binary records have no length; give it: record_bytes");
  }
  return std::unique_ptr<RecordDecoder>(std::make_unique<BinaryDecoder>(wanted, options));
}

Result<std::unique_ptr<RecordDecoder>> make_json_decoder(const Schema& wanted,
                                                         const DecoderOptions& options) {
  THALWEG_TRY(check_wanted("json", wanted, options));
  THALWEG_TRY_ASSIGN(void* symbol, loaded_symbol("json", "thalweg_make_json_decoder"));
  std::unique_ptr<RecordDecoder> decoder;
  THALWEG_TRY(reinterpret_cast<MakeJsonDecoder>(symbol)(wanted, options, &decoder));
  return decoder;
}

}  // namespace

Result<Decoded> RecordDecoder::decode_each(std::span<const std::string_view>) {
  return Status(ErrorCode::unsupported, "this format has no records apart from their file");
}

Result<ParseMode> parse_mode_of(std::string_view name) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (lower == "permissive") return ParseMode::permissive;
  if (lower == "dropmalformed") return ParseMode::drop_malformed;
  if (lower == "failfast") return ParseMode::fail_fast;
  return Status(ErrorCode::invalid_argument, "no mode \"" + std::string(name) +
                                                 "\"; there are: PERMISSIVE, DROPMALFORMED, "
                                                 "FAILFAST");
}

Result<std::unique_ptr<RecordDecoder>> make_decoder(std::string_view format, const Schema& wanted,
                                                    const DecoderOptions& options) {
  if (format == "text") return make_text_decoder(wanted);
  if (format == "json") return make_json_decoder(wanted, options);
  if (format == "csv") return make_csv_decoder(wanted, options);
  if (format == "binary") return make_binary_decoder(wanted, options);
  return Status(ErrorCode::invalid_argument,
                "no format \"" + std::string(format) + "\"; there are: text, json, csv, binary");
}

}  // namespace thalweg
