// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "thalweg/common/status.h"
#include "thalweg/connectors/stop_event.h"

namespace thalweg {

/// A program and how it is run.
struct ChildCommand {
  /// The program, by its path or as PATH finds it, and its arguments. Not empty.
  std::vector<std::string> words;
  /// Variables added to this process's environment, or put in their place.
  std::map<std::string, std::string> environment;
  /// Where it runs; this process's directory where empty.
  std::string directory;

  /// For messages: the words with spaces between.
  [[nodiscard]] std::string text() const;
};

/// Another program, whose standard input and output are pipes to here; its standard error is this
/// process's. It is the first of a process group of its own, and inherits no other descriptor.
///
/// One thread. Where it has not been waited for, the destructor kills it, and what it started, and
/// waits: neither processes nor descriptors stay behind.
class ChildProcess {
 public:
  /// Errors: not_found where there is no such program or directory; invalid_argument where it can't
  ///         be run; unavailable where the machine has no processes or descriptors left.
  static Result<std::unique_ptr<ChildProcess>> start(const ChildCommand& command);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();

  /// What can be done now.
  struct Ready {
    bool input = false;   ///< write() takes something, or finds that nothing is read any more.
    bool output = false;  ///< read() has something, or the end.
  };
  /// Waits until something can be done, or `stop` is requested. What is closed is not waited for.
  /// Errors: unavailable where the system can't wait.
  Result<Ready> wait_until_ready(const StopEvent& stop);

  /// Gives it as many of the bytes as it takes now, and returns how many: 0 for none. Where it
  /// reads no more, its input is closed. Raises no SIGPIPE. REQUIRES: input_open().
  Result<std::size_t> write(std::string_view bytes);
  /// It has seen all input.
  void close_input();
  [[nodiscard]] bool input_open() const { return input_ >= 0; }

  /// Reads what it has written, as far as there is room; waits for it. Returns how many bytes: 0
  /// where it has closed its output, which is closed here then. REQUIRES: output_open().
  Result<std::size_t> read(std::span<char> room);
  [[nodiscard]] bool output_open() const { return output_ >= 0; }

  /// Waits until it has ended, or `stop` is requested. Returns how it ended: empty for exit code 0,
  /// else "ended with exit code 3" or "was ended by signal 9 (Killed)".
  /// Errors: cancelled; unavailable where the system can't wait.
  Result<std::string> wait(const StopEvent& stop);

 private:
  ChildProcess(int input, int output) : input_(input), output_(output) {}

  pid_t id_ = -1;  ///< -1 when there is none, or none any more.
  int input_;      ///< Where its input is written to; -1 when closed.
  int output_;     ///< Where its output is read from; -1 when closed.
};

}  // namespace thalweg
