// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/common/file_system.h"
#include "thalweg/runtime/ids.h"

namespace thalweg {

/// A record that could not be read or parsed, as it came.
struct DeadLetter {
  std::string source;    ///< What it came from: a file, "socket localhost:9999".
  std::string position;  ///< Where in the source: "offset=1234"; empty where nobody knows.
  std::string reason;    ///< Why, for a person.
  std::string bytes;     ///< The original bytes, unchanged.
};

/// Where a session's bad records go: counted, the latest kept for a look, and all of them given to
/// the outputs that were added. A bad record arrives once, from
/// the attempt that succeeded, however many jobs read it.
///
/// Thread safety: all methods may be called concurrently; an output is called by one thread at a
/// time and must not call back.
class DeadLetters {
 public:
  static constexpr std::size_t kept_letters_max = 1000;

  using Output = std::function<void(const DeadLetter&)>;

  /// Calls `output` with each letter from now on.
  void add_output(Output output);
  /// Appends each letter from now on to a file of JSON lines: source, position, reason, and the
  /// bytes as "text", or as "base64" where they are not UTF-8. Throws Error when it can't be made.
  void save_as_json_lines(FileSystem& files, const std::string& path);

  void add(std::vector<DeadLetter> letters);

  /// Adds the letters of a pass over a partition of an RDD. Several jobs may read the same RDD, and
  /// find the same letters in the same order: those that an earlier pass has added are left out.
  void add_pass(RddId owner, int partition, std::vector<DeadLetter> letters);
  /// The RDD is gone: no pass over it will follow.
  void forget(RddId owner);

  /// All letters so far, also those no longer kept.
  [[nodiscard]] std::int64_t count() const;
  /// The latest letters, oldest first, at most kept_letters_max.
  [[nodiscard]] std::vector<DeadLetter> latest() const;

 private:
  mutable std::mutex mutex_;
  std::int64_t count_ = 0;
  std::map<std::pair<RddId, int>, std::size_t> added_;  ///< By RDD and partition.
  std::deque<DeadLetter> latest_;
  std::vector<Output> outputs_;
};

}  // namespace thalweg
