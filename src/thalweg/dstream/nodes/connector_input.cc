// SPDX-License-Identifier: Apache-2.0
#include "thalweg/dstream/nodes/connector_input.h"

namespace thalweg {
namespace {

constexpr std::int64_t poll_rows_max = 1 << 16;
constexpr Duration poll_wait = std::chrono::milliseconds(100);

/// Checks the options and gives the source's name for messages: the connector and what the user
/// has set.
std::string checked_name(const std::string& connector, const OptionTexts& texts) {
  const Connector* found = value_or_throw(find_connector(connector));
  if (found->make_source == nullptr) {
    throw Error(ErrorCode::unsupported, "connector " + connector + " can't be read from");
  }
  std::string given =
      value_or_throw(Options::check(connector, found->options, texts)).given_to_string();
  return given.empty() ? connector : connector + " " + given;
}

}  // namespace

ConnectorReceiver::ConnectorReceiver(StreamGraph& graph, std::int64_t stream_id,
                                     std::string connector, OptionTexts options, Schema wanted,
                                     std::shared_ptr<ReceivedBlocks> blocks,
                                     Duration block_interval, std::shared_ptr<RateLimit> limit)
    : graph_(graph),
      connector_(std::move(connector)),
      options_(std::move(options)),
      wanted_(std::move(wanted)),
      source_name_(checked_name(connector_, options_)),
      blocks_(std::move(blocks)),
      block_interval_(block_interval),
      gatherer_(blocks_, graph.session().clock, block_interval),
      limit_(std::move(limit)),
      thread_(graph, stream_id, source_name_) {}

void ConnectorReceiver::start() {
  thread_.start([this](std::stop_token stop) { return run(stop); }, std::chrono::seconds(2));
}

ReceiverThread::Outcome ConnectorReceiver::run(std::stop_token stop) {
  SessionState& session = graph_.session();
  ConnectorContext context{session.clock, session.memory, session.files, stop, &wanted_};
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
  auto report = [this](const std::string& message) { thread_.report_error(message); };
  while (!readers.empty() && blocks_->wait_for_room(stop, report)) {
    Duration wait = std::min(poll_wait, block_interval_) / static_cast<int>(readers.size());
    for (auto& reader : readers) {
      std::int64_t rows_max = limit_->acquire_up_to(poll_rows_max, stop);
      if (rows_max == 0) break;
      auto polled = reader->poll(static_cast<std::size_t>(rows_max), wait);
      if (!polled.ok()) return std::move(polled).status();
      limit_->give_back(rows_max - static_cast<std::int64_t>(polled.value().batch.row_count()));
      take(std::move(polled).value());
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
  if (!polled.batch.empty()) gatherer_.add(std::move(polled.batch));
  // A block must close in time even when nothing more comes.
  gatherer_.close_if_due();
}

}  // namespace thalweg
