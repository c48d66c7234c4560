// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "thalweg/columnar/batch.h"
#include "thalweg/columnar/schema.h"
#include "thalweg/common/clock.h"
#include "thalweg/common/file_system.h"
#include "thalweg/common/memory_budget.h"
#include "thalweg/common/status.h"
#include "thalweg/connectors/options.h"

namespace thalweg {

// What a connector is to the engine. README.md beside this says how to write one.

/// A place in one partition of a source, as text that the connector itself understands
/// ("offset=42"). The engine stores it in checkpoints and shows it to people; it never looks
/// inside. Empty: where the partition begins. At most 4 KiB.
struct Position {
  std::string text;
  friend bool operator==(const Position&, const Position&) = default;
};

/// A part of a source that is read by itself and in order, named by text of the connector's.
struct Partition {
  std::string text;
  friend bool operator==(const Partition&, const Partition&) = default;
};

/// What the engine lends to a connector. No connector reads the system's clock, or takes memory
/// without charging it. What is referred to outlives everything made with this.
struct ConnectorContext {
  Clock& clock;
  MemoryBudget& memory;
  FileSystems& files;
  /// Requested when the query stops: whatever waits returns at once, with `cancelled`.
  std::stop_token stop;
  /// The columns that will be read, where that is known; null: all there are. A source may give
  /// more; one that decodes what it reads makes these, of these types.
  const Schema* wanted = nullptr;
};

/// A record that could not be read, as it came.
struct Rejected {
  Position position;   ///< Where it starts.
  std::string reason;  ///< For a person.
  std::string bytes;   ///< Unchanged. Cut where they would not fit into memory; the reason says so.
};

/// What one poll() found.
struct Polled {
  Batch batch;
  std::vector<Rejected> rejected;
};

/// Reads one partition, forwards only. Used by one thread at a time.
class PartitionReader {
 public:
  virtual ~PartitionReader() = default;

  /// Up to `rows_max` rows, and the records before or among them that could not be read. Waits at
  /// most `wait` for something to come, and returns an empty batch when nothing did; it may do so
  /// earlier. The memory of a batch is the caller's to account for.
  ///
  /// Errors: unavailable: the engine opens another reader from position() after
  ///         Source::retry_wait(); data_loss: what position() names is no longer stored there, and
  ///         the query fails; cancelled: stop was requested. After an error only position() and
  ///         finished() may be called.
  virtual Result<Polled> poll(std::size_t rows_max, Duration wait) = 0;

  /// Just behind the last row or rejected record that poll() returned.
  [[nodiscard]] virtual Position position() const = 0;

  /// True when nothing more will come from this reader: the place given to stop_at() is reached,
  /// or the source has ended. A last poll() that returns rows may come before it.
  [[nodiscard]] virtual bool finished() const = 0;

  /// A file descriptor that is readable when a poll() after one that returned nothing would find
  /// something, or stop was requested; -1 where there is none, and the engine asks again each
  /// millisecond. Valid as long as the reader.
  [[nodiscard]] virtual int wake_fd() const { return -1; }

  /// From now on no row at or after `end` is returned: a batch that was logged is read again, and
  /// has to be the same. Errors: unsupported where Source::replayable() is false.
  virtual Status stop_at(const Position& end);
};

/// What discover() found.
struct Discovered {
  std::vector<Partition> partitions;
  std::string resume;  ///< For the next discover(); stored in checkpoints.
};

/// Where rows come from. Made once per query on the driver; its readers may be used by other
/// threads. Thread safety: one thread at a time, but for the readers.
class Source {
 public:
  virtual ~Source() = default;

  /// The partitions that are new since the call that gave `resume`; all of them when it is empty.
  virtual Result<Discovered> discover(std::string_view resume) = 0;

  /// A reader from `from` on. Waits for the outside system as long as the connector's options say.
  /// Errors: as PartitionReader::poll().
  virtual Result<std::unique_ptr<PartitionReader>> open(const Partition& partition,
                                                        const Position& from) = 0;

  /// Where a range from `from` ends that has at most so many rows and bytes, of those there now.
  /// Logged before anything is read, so that a second run reads the same. Errors: unsupported where
  /// replayable() is false.
  virtual Result<Position> plan(const Partition& partition, const Position& from,
                                std::size_t rows_max, std::size_t bytes_max);

  /// Behind the last row there now, to show how far a query lags. Errors: unsupported.
  virtual Result<Position> latest(const Partition& partition);

  /// How many rows there may be from `from` to `until`, at most; 0 where `until` is not behind
  /// `from`. Errors: unsupported.
  virtual Result<std::int64_t> rows_between(const Partition& partition, const Position& from,
                                            const Position& until);

  /// Everything before `position` is safe here and may be forgotten there.
  virtual Status acknowledge(const Partition& partition, const Position& position);

  /// True when nothing will ever come behind `until`: later batches leave the partition out. It is
  /// acknowledged once no batch that has it can be read again.
  [[nodiscard]] virtual bool is_finished(const Partition& partition, const Position& until) const;

  // What a source has to know that has more partitions than each batch could name. It goes into
  // checkpoints once; the batches since then say what came on top of it.

  /// What discover() has to know, besides `resume`, to go on from where it gave `resume`: that of
  /// the last call, or of the one before. Empty: nothing.
  virtual std::string memory(std::string_view resume);
  /// Before the first discover(): what memory() gave in an earlier run. Errors: data_loss.
  virtual Status restore(std::string_view memory);
  /// Before the first discover(), after restore(): a batch of an earlier run had these partitions,
  /// and discover() had given `resume` with it. The memory may have them.
  virtual Status recall(std::span<const Partition> partitions, std::string_view resume);

  /// False when rows once read are gone: the engine then writes them down before it goes on.
  [[nodiscard]] virtual bool replayable() const = 0;

  /// How long to wait before a reader that became unavailable is opened again.
  [[nodiscard]] virtual Duration retry_wait() const { return std::chrono::seconds(2); }
};

/// The number of a batch of a query: it grows from batch to batch, and is the same when a batch is
/// run again. Streams take the batch's time in microseconds. -1: none yet.
using SinkEpoch = std::int64_t;

/// What a sink promises when the engine repeats an epoch after a failure.
enum class Guarantee {
  at_most_once,   ///< Rows may be missing.
  at_least_once,  ///< Rows may be there twice.
  per_key,        ///< A row replaces the one with the same key, so that twice is once.
  resumable,      ///< Exactly once: what was sealed can be committed by another process.
  transactional,  ///< Exactly once: rows and the epoch's number become visible together.
};

/// The guarantee as people read it: "at_least_once".
std::string_view to_string(Guarantee guarantee);

/// Writes one writer's share of each epoch. One thread. Epochs come in order; of each
///
///     begin  write*  seal  commit        or, at any place,  abort
///
/// For a resumable sink the engine checkpoints between seal and commit.
class SinkWriter {
 public:
  virtual ~SinkWriter() = default;

  /// The highest epoch of this writer that is visible outside; -1 when there is none. Asked before
  /// the first epoch, so that what was committed before a crash is skipped.
  virtual Result<SinkEpoch> committed() = 0;
  /// Starts an epoch. Discards what an earlier attempt at it wrote. Attempts count from 0.
  virtual Status begin(SinkEpoch epoch, int attempt) = 0;
  virtual Status write(const Batch& batch) = 0;
  /// Makes what was written durable, not yet visible where the system can tell the two apart. The
  /// text goes into the checkpoint, and from there to commit(), perhaps in another process.
  virtual Result<std::string> seal() = 0;
  /// Makes the epoch visible. Repeated after a crash it changes nothing.
  virtual Status commit(SinkEpoch epoch, std::string_view sealed) = 0;
  /// Discards what the epoch under way wrote.
  virtual Status abort() = 0;
};

/// Where rows go. Made once per query on the driver; its writers are used by other threads.
class Sink {
 public:
  virtual ~Sink() = default;
  [[nodiscard]] virtual Guarantee guarantee() const = 0;
  /// Writer `writer` of `writer_count`, counted from 0.
  virtual Result<std::unique_ptr<SinkWriter>> open(int writer, int writer_count) = 0;
  /// Called after the commit() of all writers, for sinks that have one commit for all of them.
  virtual Status commit(SinkEpoch epoch, std::span<const std::string> sealed);
  /// Called once behind the last epoch, when the query ends or is stopped gracefully: what the sink
  /// keeps back becomes visible. Not called after a failure, nor when the process dies, and the
  /// next run may go on with later epochs. Tried again where it is unavailable.
  virtual Status end();
};

/// One connector: a constant, not a class to derive from. A direction it lacks is null.
struct Connector {
  std::string_view name = {};                ///< As users write it: "socket".
  std::string_view summary = {};             ///< One line.
  std::span<const OptionSpec> options = {};  ///< Checked before make_source or make_sink is called.
  Result<std::unique_ptr<Source>> (*make_source)(const Options&, const ConnectorContext&) = nullptr;
  Result<std::unique_ptr<Sink>> (*make_sink)(const Options&, const ConnectorContext&) = nullptr;
  /// Its partitions come and end, so that it is always read by ranges that are planned, never by a
  /// receiver.
  bool by_ranges = false;
};

}  // namespace thalweg
