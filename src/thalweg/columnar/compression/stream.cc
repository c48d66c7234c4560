// SPDX-License-Identifier: Apache-2.0
#include <arrow/result.h>
#include <arrow/util/compression.h>

#include "thalweg/columnar/arrow_status.h"
#include "thalweg/columnar/compression/compressed_input.h"

namespace thalweg {
namespace {

class StreamFile final : public ExpandedFile {
 public:
  StreamFile(std::unique_ptr<ReadableFile> file, Compression compression,
             std::unique_ptr<arrow::util::Codec> codec,
             std::shared_ptr<arrow::util::Decompressor> decompressor)
      : ExpandedFile(std::move(file), compression),
        codec_(std::move(codec)),
        decompressor_(std::move(decompressor)) {}

 protected:
  Result<std::size_t> expand(char* out, std::size_t size) override {
    while (true) {
      THALWEG_TRY_ASSIGN(std::string_view held, input_.held());
      if (held.empty() && !within_part_) return std::size_t{0};
      auto step = decompressor_->Decompress(static_cast<std::int64_t>(held.size()),
                                            reinterpret_cast<const std::uint8_t*>(held.data()),
                                            static_cast<std::int64_t>(size),
                                            reinterpret_cast<std::uint8_t*>(out));
      if (!step.ok()) return input_.corrupt(compression_, step.status().message());
      input_.consume(static_cast<std::size_t>(step->bytes_read));
      within_part_ = true;
      if (decompressor_->IsFinished()) {
        // What follows, if anything, is another part.
        within_part_ = false;
        auto reset = decompressor_->Reset();
        if (!reset.ok()) return to_status(reset);
      }
      if (step->bytes_written > 0) return static_cast<std::size_t>(step->bytes_written);
      if (step->bytes_read == 0 && within_part_) {
        if (held.empty()) return input_.corrupt(compression_, "the file ends in the middle");
        return input_.corrupt(compression_, "it can't be expanded further");
      }
    }
  }

 private:
  const std::unique_ptr<arrow::util::Codec> codec_;
  const std::shared_ptr<arrow::util::Decompressor> decompressor_;
  bool within_part_ = false;
};

arrow::Compression::type arrow_type(Compression compression) {
  switch (compression) {
    case Compression::gzip:
      return arrow::Compression::GZIP;
    case Compression::zstd:
      return arrow::Compression::ZSTD;
    case Compression::bz2:
      return arrow::Compression::BZ2;
    case Compression::lz4:
      return arrow::Compression::LZ4_FRAME;
    default:
      return arrow::Compression::UNCOMPRESSED;
  }
}

}  // namespace

Result<std::unique_ptr<ReadableFile>> open_stream(std::unique_ptr<ReadableFile> file,
                                                  Compression compression) {
  auto codec = arrow::util::Codec::Create(arrow_type(compression));
  if (!codec.ok()) return to_status(codec.status());
  auto decompressor = (*codec)->MakeDecompressor();
  if (!decompressor.ok()) return to_status(decompressor.status());
  return std::unique_ptr<ReadableFile>(std::make_unique<StreamFile>(
      std::move(file), compression, *std::move(codec), *std::move(decompressor)));
}

}  // namespace thalweg
