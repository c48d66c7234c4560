// SPDX-License-Identifier: Apache-2.0
#include "thalweg/dstream/writing.h"

#include "thalweg/common/error.h"
#include "thalweg/rdd/scheduler/job.h"

namespace thalweg {

SinkOutput::SinkOutput(SessionState& session, std::string connector, const OptionTexts& options)
    : connector_(std::move(connector)) {
  ConnectorContext context{session.clock, session.memory, session.files, {}};
  sink_ = value_or_throw(make_sink(connector_, options, context));
}

void SinkOutput::write(
    const std::shared_ptr<AnyNode>& node,
    const std::function<Status(int, TaskContext&, SinkWriter&)>& write_partition) {
  SinkEpoch epoch = next_epoch_++;
  auto count = static_cast<std::size_t>(node->partition_count());
  std::vector<std::unique_ptr<SinkWriter>> writers(count);
  std::vector<std::string> sealed(count);
  for (std::size_t i = 0; i < count; ++i) {
    writers[i] = value_or_throw(sink_->open(static_cast<int>(i), static_cast<int>(count)));
  }
  Status written =
      run_job(node, all_partitions(*node), [&](int partition, TaskContext& context) -> Status {
        auto place = static_cast<std::size_t>(partition);
        THALWEG_TRY(writers[place]->begin(epoch, context.attempt));
        THALWEG_TRY(write_partition(partition, context, *writers[place]));
        THALWEG_TRY_ASSIGN(sealed[place], writers[place]->seal());
        return {};
      });
  if (!written.ok()) {
    for (auto& writer : writers) (void)writer->abort();
    throw Error(written.within("sink " + connector_));
  }
  for (std::size_t i = 0; i < count; ++i) {
    throw_if_failed(writers[i]->commit(epoch, sealed[i]).within("sink " + connector_));
  }
  throw_if_failed(sink_->commit(epoch, sealed).within("sink " + connector_));
}

}  // namespace thalweg
