// SPDX-License-Identifier: Apache-2.0
#include "thalweg/dstream/nodes/connector_input.h"

#include "thalweg/common/log.h"

namespace thalweg {
namespace {

constexpr std::size_t poll_rows_max = 1 << 16;
constexpr std::size_t block_bytes_max = std::size_t{4} << 20;
constexpr Duration poll_wait = std::chrono::milliseconds(100);

/// Checks the options and gives the source's name for messages: the connector and what the user
/// has set.
std::string checked_name(const std::string& connector, const OptionTexts& texts) {
  const Connector* found = value_or_throw(find_connector(connector));
  if (found->make_source == nullptr) {
    throw Error(ErrorCode::unsupported, "connector " + connector + " can't be read from");
  }
  (void)value_or_throw(Options::check(connector, found->options, texts));
  std::string name = connector;
  for (const auto& option : found->options) {
    auto text = texts.find(option.name);
    if (text == texts.end()) continue;
    bool secret = option.type == OptionType::secret;
    name += " " + text->first + "=" + (secret ? "***" : text->second);
  }
  return name;
}

}  // namespace

ConnectorReceiver::ConnectorReceiver(StreamGraph& graph, std::int64_t stream_id,
                                     std::string connector, OptionTexts options,
                                     std::shared_ptr<ReceivedBlocks> blocks,
                                     Duration block_interval)
    : graph_(graph),
      connector_(std::move(connector)),
      options_(std::move(options)),
      source_name_(checked_name(connector_, options_)),
      blocks_(std::move(blocks)),
      block_interval_(block_interval),
      thread_(graph, stream_id, source_name_) {}

void ConnectorReceiver::start() {
  thread_.start([this](std::stop_token stop) { return run(stop); }, std::chrono::seconds(2));
}

ReceiverThread::Outcome ConnectorReceiver::run(std::stop_token stop) {
  SessionState& session = graph_.session();
  ConnectorContext context{session.clock, session.memory, session.files, stop};
  auto source = make_source(connector_, options_, context);
  if (!source.ok()) return {std::nullopt, source.status().to_string()};
  auto outcome = read_all(*source.value(), stop);
  if (outcome.ok()) return std::move(outcome).value();
  Status failed = outcome.status();
  if (failed.code() == ErrorCode::cancelled) return {std::nullopt, ""};
  bool again = failed.code() == ErrorCode::unavailable;
  return {again ? std::optional(source.value()->retry_wait()) : std::nullopt,
          std::string(failed.message())};
}

Result<ReceiverThread::Outcome> ConnectorReceiver::read_all(Source& source,
                                                            const std::stop_token& stop) {
  THALWEG_TRY_ASSIGN(auto discovered, source.discover(""));
  std::vector<std::unique_ptr<PartitionReader>> readers;
  for (const auto& partition : discovered.partitions) {
    THALWEG_TRY_ASSIGN(auto reader, source.open(partition, Position{}));
    readers.push_back(std::move(reader));
  }
  // A block must close in time even when nothing more comes.
  Duration wait = std::min(poll_wait, block_interval_);
  while (!readers.empty() && blocks_->wait_for_room(stop)) {
    for (auto& reader : readers) {
      THALWEG_TRY_ASSIGN(
          auto polled,
          reader->poll(poll_rows_max,
                       readers.size() == 1 ? wait : wait / static_cast<int>(readers.size())));
      take(std::move(polled));
    }
    std::erase_if(readers, [](const auto& reader) { return reader->finished(); });
  }
  if (stop.stop_requested() || end_when_exhausted_) return ReceiverThread::Outcome{};
  return ReceiverThread::Outcome{source.retry_wait(), "the other side has ended"};
}

void ConnectorReceiver::take(Polled polled) {
  if (!polled.rejected.empty()) {
    std::vector<DeadLetter> letters;
    for (auto& rejected : polled.rejected) {
      letters.push_back({source_name_, std::move(rejected.position.text),
                         std::move(rejected.reason), std::move(rejected.bytes)});
    }
    graph_.session().dead_letters.add(std::move(letters));
  }
  std::lock_guard lock(mutex_);
  Time now = graph_.session().clock.now();
  if (!polled.batch.empty()) {
    if (open_.empty()) opened_ = now;
    open_bytes_ += polled.batch.bytes();
    open_.push_back(std::move(polled.batch));
  }
  if (open_.empty()) return;
  if (now - opened_ >= block_interval_ || open_bytes_ >= block_bytes_max) close_block();
}

void ConnectorReceiver::cut() {
  std::lock_guard lock(mutex_);
  close_block();
}

void ConnectorReceiver::close_block() {
  if (open_.empty()) return;
  std::int64_t records = 0;
  for (const auto& batch : open_) records += static_cast<std::int64_t>(batch.row_count());
  auto block = std::make_shared<BatchBlock>(std::exchange(open_, {}), offset_);
  offset_ += std::exchange(open_bytes_, 0);
  if (Status stored = blocks_->store(std::move(block), records, BatchBlock::decode); !stored.ok()) {
    log(LogLevel::error, "received records are lost: " + stored.to_string());
  }
}

}  // namespace thalweg
