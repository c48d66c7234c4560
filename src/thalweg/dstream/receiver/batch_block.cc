// SPDX-License-Identifier: Apache-2.0
#include "thalweg/dstream/receiver/batch_block.h"

#include "thalweg/rdd/nodes/text_blocks.h"

namespace thalweg {
namespace {

/// The text batches of a received block.
class ReceivedText final : public TextBlocks {
 public:
  ReceivedText(std::shared_ptr<const Block> block, const TaskContext& context)
      : block_(std::move(block)),
        content_(static_cast<const BatchBlock&>(*block_)),
        context_(context),
        offset_(content_.offset()) {}

  Status next(const char** begin, const char** end) override {
    if (context_.cancelled()) return job_stopped();
    offset_ += text_.size();
    text_ = {};
    while (text_.empty() && next_ < content_.batches().size()) {
      text_ = content_.batches()[next_++].text();
    }
    *begin = text_.data();
    *end = text_.data() + text_.size();
    return {};
  }

  [[nodiscard]] std::uint64_t offset_of(const char* place) const override {
    return offset_ + static_cast<std::uint64_t>(place - text_.data());
  }

 private:
  const std::shared_ptr<const Block> block_;
  const BatchBlock& content_;
  const TaskContext& context_;
  std::size_t next_ = 0;
  std::string_view text_;
  std::uint64_t offset_;
};

void encode_text(const Block& block, Encoder& out) {
  const auto& text = static_cast<const BatchBlock&>(block);
  out.put_number<std::uint64_t>(text.offset());
  for (const auto& batch : text.batches()) out.put_bytes(batch.text());
}

Result<std::shared_ptr<const Block>> decode_text(std::string&& bytes) {
  Decoder decoder(bytes);
  auto offset = decoder.get_number<std::uint64_t>();
  if (decoder.failed()) return Status(ErrorCode::data_loss, "received block ends early");
  std::string text(decoder.get_bytes(decoder.bytes_left()));
  return std::shared_ptr<const Block>(
      std::make_shared<BatchBlock>(std::vector{Batch::of_text(std::move(text))}, offset));
}

constexpr BlockCodec text_codec{encode_text, decode_text};

}  // namespace

std::size_t BatchBlock::bytes() const {
  std::size_t bytes = 0;
  for (const auto& batch : batches_) bytes += batch.bytes();
  return bytes;
}

const BlockCodec* BatchBlock::text_form() { return &text_codec; }

const BlockCodec* BatchBlock::codec() const {
  for (const auto& batch : batches_) {
    if (!batch.is_text()) return nullptr;
  }
  return &text_codec;
}

void OpenBatches::add(Batch batch) {
  bytes_ += batch.bytes();
  batches_.push_back(std::move(batch));
}

ClosedBlock OpenBatches::close() {
  std::int64_t records = 0;
  for (const auto& batch : batches_) records += static_cast<std::int64_t>(batch.row_count());
  auto block = std::make_shared<BatchBlock>(std::exchange(batches_, {}), offset_);
  offset_ += std::exchange(bytes_, 0);
  const BlockCodec* codec = block->codec();
  return {std::move(block), records, codec};
}

CursorPointer<std::string_view> open_text(std::shared_ptr<const Block> block,
                                          const std::string& source, TaskContext& context,
                                          const TextSearch* search) {
  if (search != nullptr && !can_match(search->text)) return {};
  auto text = std::make_unique<ReceivedText>(std::move(block), context);
  if (search == nullptr) return make_line_cursor(std::move(text), source, context);
  return make_match_cursor(std::move(text), source, search->text, context);
}

}  // namespace thalweg
