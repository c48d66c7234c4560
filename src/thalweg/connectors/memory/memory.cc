// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/memory/memory.h"

#include <utility>

#include "thalweg/connectors/memory_table.h"

namespace thalweg::memory {
namespace {

class MemoryWriter final : public SinkWriter {
 public:
  MemoryWriter(std::shared_ptr<MemoryTable> table, int writer)
      : table_(std::move(table)), writer_(writer) {}

  Result<SinkEpoch> committed() override { return table_->committed(writer_); }
  Status begin(SinkEpoch epoch, int attempt) override {
    epoch_ = epoch;
    attempt_ = attempt;
    return table_->begin(epoch, writer_, attempt);
  }
  Status write(const Batch& batch) override {
    return table_->append(epoch_, writer_, attempt_, batch);
  }
  Result<std::string> seal() override { return std::string(); }
  Status commit(SinkEpoch epoch, std::string_view) override {
    table_->commit(epoch, writer_);
    return {};
  }
  Status abort() override {
    table_->abort(epoch_, writer_, attempt_);
    return {};
  }

 private:
  const std::shared_ptr<MemoryTable> table_;
  const int writer_;
  SinkEpoch epoch_ = -1;
  int attempt_ = 0;
};

class MemorySink final : public Sink {
 public:
  explicit MemorySink(std::shared_ptr<MemoryTable> table) : table_(std::move(table)) {}

  Guarantee guarantee() const override { return Guarantee::resumable; }
  Result<std::unique_ptr<SinkWriter>> open(int writer, int) override {
    return std::unique_ptr<SinkWriter>(std::make_unique<MemoryWriter>(table_, writer));
  }

 private:
  const std::shared_ptr<MemoryTable> table_;
};

constexpr OptionSpec options[] = {
    {.name = "name", .required = true, .help = "The table that MemoryTable::named() finds."},
    {.name = "bytes_max",
     .type = OptionType::integer,
     .default_value = "268435456",
     .help = "What the table may hold; a batch that does not fit fails.",
     .min = 1},
};

Result<std::unique_ptr<Sink>> make_memory_sink(const Options& chosen, const ConnectorContext&) {
  auto table = MemoryTable::named(chosen.text("name"));
  table->set_bytes_max(static_cast<std::size_t>(chosen.integer("bytes_max")));
  return std::unique_ptr<Sink>(std::make_unique<MemorySink>(std::move(table)));
}

}  // namespace

constinit const Connector connector = {
    .name = "memory",
    .summary = "Rows into a named table of this process, for tests.",
    .options = options,
    .make_sink = make_memory_sink,
};

}  // namespace thalweg::memory
