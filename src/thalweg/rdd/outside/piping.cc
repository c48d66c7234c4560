// SPDX-License-Identifier: Apache-2.0
#include "thalweg/rdd/outside/piping.h"

#include <algorithm>

#include "thalweg/columnar/kernels/text_scan.h"
#include "thalweg/connectors/line_buffer.h"
#include "thalweg/connectors/stop_event.h"
#include "thalweg/rdd/outside/child_process.h"

namespace thalweg {
namespace {

/// Feeds a command and reads from it in turn, on the task's own thread: the rows' cursors may be
/// used by no other. Neither side waits while the other can go on.
class PipedCursor final : public Cursor<std::string_view> {
 public:
  PipedCursor(std::unique_ptr<ChildProcess> child, std::string command, bool checks_exit_code,
              const AnyNode& node, LineFeed feed, TaskContext& context,
              std::vector<DeadLetter>& letters)
      : child_(std::move(child)),
        command_(std::move(command)),
        checks_exit_code_(checks_exit_code),
        node_(node),
        feed_(std::move(feed)),
        context_(context),
        letters_(letters),
        stop_(context.stop),
        buffer_(context.session.options.line_bytes_max, context.session.memory) {}

  Result<Chunk<std::string_view>> next() override {
    lines_.clear();
    while (true) {
      if (std::size_t count = find_lines(position_, end_, lines_.raw(), chunk_rows_max)) {
        lines_.set_size(count);
        return lines_.chunk();
      }
      if (buffer_.has_records()) {
        take_lines();
      } else if (over_) {
        return Chunk<std::string_view>();
      } else {
        THALWEG_TRY(exchange());
      }
    }
  }

 private:
  void take_lines() {
    Polled polled = buffer_.take(chunk_rows_max);
    for (Rejected& line : polled.rejected) {
      letters_.push_back({"the command: " + command_, line.position.text, std::move(line.reason),
                          std::move(line.bytes)});
    }
    batch_ = std::move(polled.batch);
    std::string_view text = batch_.text();
    position_ = text.data();
    end_ = position_ + text.size();
  }

  /// Does what can be done without waiting, after waiting until something can be.
  Status exchange() {
    if (context_.cancelled()) return job_stopped();
    if (child_->input_open() && sent_ == pending_.size()) {
      pending_.clear();
      sent_ = 0;
      THALWEG_TRY(feed_(pending_));
      if (pending_.empty()) child_->close_input();
    }
    if (!child_->input_open() && !child_->output_open()) return finish();
    THALWEG_TRY_ASSIGN(auto ready, child_->wait_until_ready(stop_));
    if (ready.input) {
      THALWEG_TRY_ASSIGN(std::size_t written,
                         child_->write(std::string_view(pending_).substr(sent_)));
      sent_ += written;
    }
    if (ready.output) {
      THALWEG_TRY_ASSIGN(std::size_t got, child_->read(buffer_.room()));
      if (got > 0) {
        buffer_.add(got);
      } else {
        buffer_.end();
      }
    }
    return {};
  }

  Status finish() {
    over_ = true;
    THALWEG_TRY_ASSIGN(std::string end, child_->wait(stop_));
    if (end.empty() || !checks_exit_code_) return {};
    return Status(ErrorCode::user_error,
                  "the command " + end + ": " + command_ +
                      "; what it had to say is on this program's standard error. Where this is no "
                      "failure, set check_exit_code to false")
        .within(node_.describe());
  }

  const std::unique_ptr<ChildProcess> child_;
  const std::string command_;
  const bool checks_exit_code_;
  const AnyNode& node_;
  const LineFeed feed_;
  TaskContext& context_;
  std::vector<DeadLetter>& letters_;
  const StopEvent stop_;
  std::string pending_;   ///< Rows on their way in, as lines.
  std::size_t sent_ = 0;  ///< Bytes of them that the command has taken.
  bool over_ = false;     ///< It has ended.
  LineBuffer buffer_;
  Batch batch_;  ///< Keeps the lines that were handed out last.
  const char* position_ = nullptr;
  const char* end_ = nullptr;
  ChunkBuffer<std::string_view> lines_;
};

}  // namespace

Result<CursorPointer<std::string_view>> open_piped(const PipedCommand& command, const AnyNode& node,
                                                   LineFeed feed, int partition,
                                                   TaskContext& context) {
  ChildCommand child{command.words, command.options.environment, command.options.directory};
  auto started = ChildProcess::start(child);
  if (!started.ok()) return started.status().within(node.describe());
  return CursorPointer<std::string_view>(
      new PipedCursor(std::move(started).value(), child.text(), command.options.check_exit_code,
                      node, std::move(feed), context, context.begin_letters(node.id(), partition)));
}

void require_command(const std::vector<std::string>& words) {
  if (words.empty() || words.front().empty()) {
    throw Error(ErrorCode::invalid_argument, "pipe needs a program to run: the command is empty");
  }
  for (const std::string& word : words) {
    if (word.find('\0') == std::string::npos) continue;
    throw Error(ErrorCode::invalid_argument,
                "pipe can't hand on a word with a zero byte in it: " + excerpt(word));
  }
}

}  // namespace thalweg
