// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "batch_watcher.h"
#include "thalweg/thalweg.h"

namespace thalweg {

/// A program that copies the values of a topic to another, batch by batch, on threads of its own.
class KafkaCopy {
 public:
  KafkaCopy(OptionTexts in, OptionTexts out, const std::string& checkpoint)
      : session_("local[2]"), context_(session_, std::chrono::milliseconds(100)) {
    context_.checkpoint(checkpoint);
    context_.add_listener(watcher_);
    kafka::direct_stream(context_, std::move(in))
        .map([](const kafka::Record& record) { return std::string(record.value.value_or("")); })
        .write_to("kafka", std::move(out));
  }

  void start() { context_.start(); }
  void stop() { context_.stop(); }
  /// Runs until all there is has been read. What failed; empty where nothing did.
  std::string run_to_the_end() {
    context_.stop_at_end();
    context_.start();
    return failure();
  }
  /// What fails within `seconds_max`; empty where the program ended, "runs" where it goes on.
  std::string failure(int seconds_max = 180) {
    try {
      bool ended = context_.await_termination_or_timeout(std::chrono::seconds(seconds_max));
      return ended ? "" : "runs";
    } catch (const Error& error) {
      context_.stop();
      return error.what();
    }
  }
  /// What its source could not do, so far.
  [[nodiscard]] std::string troubles() const { return watcher_->text(); }
  [[nodiscard]] std::vector<BatchSeen> batches_with_records() const { return watcher_->batches(); }
  [[nodiscard]] std::int64_t batches() const { return context_.completed_batch_count(); }

 private:
  Session session_;
  StreamingContext context_;
  const std::shared_ptr<Watcher> watcher_ = std::make_shared<Watcher>();
};

}  // namespace thalweg
