// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "thalweg/rdd/nodes/narrow.h"
#include "thalweg/rdd/rdd.h"

namespace thalweg {

/// How pipe() runs its command.
struct PipeOptions {
  /// Variables added to this process's environment, or put in their place.
  std::map<std::string, std::string> environment = {};
  /// Where the command runs; this process's directory where empty.
  std::string directory = {};
  /// Whether the job fails where the command ends with another exit code than 0, or by a signal.
  bool check_exit_code = true;
};

/// A command that partitions are sent through.
struct PipedCommand {
  std::vector<std::string> words;
  PipeOptions options;
};

/// Adds the next rows to `lines`, each with its '\n'; nothing at the end.
using LineFeed = std::function<Status(std::string& lines)>;

/// Runs the command for one partition of `node`: what `feed` has goes in, the lines it writes come
/// out, as views that are valid until the next chunk. `command`, `node` and `context` must outlive
/// the cursor. Errors: see pipe().
Result<CursorPointer<std::string_view>> open_piped(const PipedCommand& command, const AnyNode& node,
                                                   LineFeed feed, int partition,
                                                   TaskContext& context);

/// Throws Error(invalid_argument) for a command that can't be run whatever the machine.
void require_command(const std::vector<std::string>& words);

/// The lines that a command makes of each partition's rows.
template <Record T>
class PipedNode final : public NarrowNode<T, std::string_view> {
 public:
  PipedNode(const NodePointer<T>& parent, PipedCommand command)
      : NarrowNode<T, std::string_view>(parent, "pipe"), command_(std::move(command)) {}

 protected:
  Result<CursorPointer<std::string_view>> compute(int partition, TaskContext& context) override {
    THALWEG_TRY_ASSIGN(auto opened, this->parent().open(partition, context));
    // Shared, because a std::function has to be able to be copied.
    auto rows = std::make_shared<CursorPointer<T>>(std::move(opened));
    auto feed = [rows](std::string& lines) {
      THALWEG_TRY_ASSIGN(Chunk<T> chunk, (*rows)->next());
      ChunkScope<T> scope;
      for (std::size_t i = 0; i < chunk.size(); ++i) {
        RecordTraits<T>::print(chunk[i], lines);
        lines += '\n';
      }
      return Status();
    };
    return open_piped(command_, *this, feed, partition, context);
  }

 private:
  const PipedCommand command_;
};

/// The lines that a command writes, run once for each partition: its standard input is the rows,
/// each as print() shows it, on a line; a row with a newline is several lines to it. It may leave
/// rows unread. `command`: the program, by its path or as PATH finds it, and its arguments; no
/// shell looks at them (use {"sh", "-c", "..."} for one).
///
///     auto errors = pipe(log, {"grep", "-v", "DEBUG"}, {.check_exit_code = false});
///
/// The command runs beside the operators before it, and holds them back: at most a chunk of rows
/// and 256 KiB of lines wait between them. A job that is stopped, or needs no more lines, kills it,
/// and what it started, and waits for its end. Its standard error is this process's. A line longer
/// than the session's line_bytes_max is a dead letter.
///
/// Errors: throws Error(invalid_argument) for an empty command. From actions: not_found where there
///         is no such program or directory; user_error where it fails, unless
///         options.check_exit_code is false.
/// Source: Spark's RDD.pipe, whose exit code counts, too; the environment is added to.
template <Record T>
RDD<std::string_view> pipe(const RDD<T>& rows, std::vector<std::string> command,
                           PipeOptions options = {}) {
  require_command(command);
  return RDD<std::string_view>(
      make_node<PipedNode<T>>(rows.node(), PipedCommand{std::move(command), std::move(options)}));
}

}  // namespace thalweg
