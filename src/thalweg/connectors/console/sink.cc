// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/console/sink.h"

#include <mutex>
#include <string>
#include <utility>

#include "thalweg/columnar/batch_text.h"

namespace thalweg::console {
namespace {

/// The stream, and whose turn it is.
struct Screen {
  std::ostream& out;
  std::mutex mutex;
};

class ConsoleWriter final : public SinkWriter {
 public:
  ConsoleWriter(std::shared_ptr<Screen> screen, std::size_t rows_max)
      : screen_(std::move(screen)), rows_max_(rows_max) {}

  Result<SinkEpoch> committed() override { return committed_; }

  Status begin(SinkEpoch, int) override {
    rows_.clear();
    row_count_ = 0;
    return {};
  }

  Status write(const Batch& batch) override {
    std::size_t rows = batch.row_count();
    if (row_count_ < rows_max_) {
      THALWEG_TRY(append_rows_as_text(batch, rows_max_ - row_count_, rows_).within("sink console"));
    }
    row_count_ += rows;
    return {};
  }

  Result<std::string> seal() override { return std::string(); }

  Status commit(SinkEpoch epoch, std::string_view) override {
    if (epoch <= committed_) return {};
    std::string text = "epoch " + std::to_string(epoch) + ": " + std::to_string(row_count_) +
                       (row_count_ == 1 ? " row\n" : " rows\n") + rows_;
    if (row_count_ > rows_max_) text += "... " + std::to_string(row_count_ - rows_max_) + " more\n";
    std::lock_guard lock(screen_->mutex);
    screen_->out << text << std::flush;
    if (!screen_->out) return {ErrorCode::unavailable, "sink console: output was not taken"};
    committed_ = epoch;
    return {};
  }

  Status abort() override { return begin(0, 0); }

 private:
  const std::shared_ptr<Screen> screen_;
  const std::size_t rows_max_;
  SinkEpoch committed_ = -1;
  std::string rows_;
  std::size_t row_count_ = 0;
};

class ConsoleSink final : public Sink {
 public:
  ConsoleSink(std::ostream& out, std::size_t rows_max)
      : screen_(std::make_shared<Screen>(out)), rows_max_(rows_max) {}

  Guarantee guarantee() const override { return Guarantee::at_least_once; }
  Result<std::unique_ptr<SinkWriter>> open(int, int) override {
    return std::unique_ptr<SinkWriter>(std::make_unique<ConsoleWriter>(screen_, rows_max_));
  }

 private:
  const std::shared_ptr<Screen> screen_;
  const std::size_t rows_max_;
};

}  // namespace

std::unique_ptr<Sink> make_sink(std::ostream& out, std::size_t rows_max) {
  return std::make_unique<ConsoleSink>(out, rows_max);
}

}  // namespace thalweg::console
