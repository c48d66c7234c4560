// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "thalweg/common/clock.h"
#include "thalweg/common/file_system.h"
#include "thalweg/common/memory_budget.h"
#include "thalweg/runtime/block_store.h"
#include "thalweg/runtime/dead_letters.h"
#include "thalweg/runtime/executor.h"

namespace thalweg {

/// Where the states of streams lie between batches.
enum class StateBackend {
  memory,  ///< In memory, all of them; accounted for, so that blocks make room for them.
  disk,    ///< In memory as far as it goes, else in files, key group by key group.
};

/// What can be set when a session is made. Every bound has its unit in its name.
struct SessionOptions {
  /// Beyond this, blocks and shuffle data go to disk and receivers stop reading. 0: half of the
  /// machine's memory.
  std::int64_t memory_bytes_max = 0;
  /// Where blocks go that do not fit into memory; a folder of the session's own is made in it.
  std::string spill_directory = "/tmp";
  /// Groups that keys are divided into; fixed for the life of a checkpoint.
  int key_group_count = 128;
  /// Where the states of streams lie. With `disk` a task holds the key groups of its partition that
  /// a batch touches (update_state_by_key: one at a time), so states that are much larger than
  /// memory want many partitions: docs/design/0008.
  StateBackend state_backend = StateBackend::memory;
  /// Times a task is run before its job fails, when what it reads is unavailable.
  int task_attempts_max = 4;
  /// Longest line of text taken as one record; a longer one is a dead letter.
  std::size_t line_bytes_max = std::size_t{1} << 20;
  /// The time; the machine's where null. Must outlive the session.
  Clock* clock = nullptr;
  /// Runs tasks on one thread in an order this seed decides, instead of on worker threads.
  std::optional<std::uint64_t> simulation_seed = std::nullopt;
};

/// What the parts of a running session share. Lives as long as anything made with the session.
class SessionState {
 public:
  SessionState(std::string master, std::string name, const SessionOptions& options);

  const std::string master;
  const std::string name;
  const SessionOptions options;
  Clock& clock;
  FileSystems files;
  MemoryBudget memory;
  LocalFileSystem local_files;
  BlockStore blocks;
  DeadLetters dead_letters;
  const std::unique_ptr<Executor> executor;

  /// Records that entered the engine, by tasks that succeeded.
  std::atomic<std::int64_t> records_read{0};

  /// A number not given out before.
  std::int64_t next_id() { return next_id_.fetch_add(1, std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> next_id_{0};
};

/// The machine a program runs on: its threads, memory and files. Make one, and from it a Context
/// (RDDs) or a StreamingContext.
///
///     thalweg::Session session("local[2]", "word count");
///
/// Copies are handles of one session. Thread safety: all methods may be called concurrently.
class Session {
 public:
  /// `master`: "local" (one thread), "local[N]", or "local[*]" (one a core).
  /// Errors: throws Error(invalid_argument) for another master or for options out of range.
  explicit Session(std::string master = "local[*]", std::string name = "thalweg",
                   const SessionOptions& options = {});

  [[nodiscard]] const std::string& name() const { return state_->name; }
  [[nodiscard]] int worker_count() const { return state_->executor->worker_count(); }
  /// Bad records of everything that runs in the session.
  [[nodiscard]] DeadLetters& dead_letters() const { return state_->dead_letters; }
  [[nodiscard]] FileSystems& files() const { return state_->files; }
  [[nodiscard]] Clock& clock() const { return state_->clock; }
  /// Memory accounted now and its limit.
  [[nodiscard]] const MemoryBudget& memory() const { return state_->memory; }
  /// Bytes of blocks written to disk so far.
  [[nodiscard]] std::int64_t spilled_bytes() const { return state_->blocks.spilled_bytes(); }

  /// Records that entered the engine so far: lines of files, received rows, elements.
  [[nodiscard]] std::int64_t records_read() const { return state_->records_read; }

  /// For the modules of Thalweg.
  [[nodiscard]] const std::shared_ptr<SessionState>& state() const { return state_; }

 private:
  std::shared_ptr<SessionState> state_;
};

}  // namespace thalweg
