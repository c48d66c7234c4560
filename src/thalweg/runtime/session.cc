// SPDX-License-Identifier: Apache-2.0
#include "thalweg/runtime/session.h"

#include <unistd.h>

#include <charconv>
#include <thread>

#include "thalweg/common/error.h"
#include "thalweg/common/random.h"

namespace thalweg {
namespace {

constexpr int workers_max = 1024;

int worker_count_of(const std::string& master) {
  if (master == "local") return 1;
  if (master == "local[*]") {
    return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  }
  std::string_view text = master;
  if (text.starts_with("local[") && text.ends_with("]")) {
    text.remove_prefix(6);
    text.remove_suffix(1);
    int count = 0;
    auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (failed == std::errc() && end == text.data() + text.size() && count >= 1 &&
        count <= workers_max) {
      return count;
    }
  }
  throw Error(ErrorCode::invalid_argument,
              "unknown master: \"" + master +
                  "\"; it is \"local\", \"local[N]\" with N from 1 to 1024, or \"local[*]\"");
}

std::unique_ptr<Executor> make_executor(const std::string& master, const SessionOptions& options,
                                        Clock& clock) {
  int workers = worker_count_of(master);
  if (options.simulation_seed) {
    return make_simulated_executor(workers, *options.simulation_seed, clock);
  }
  return make_thread_executor(workers, clock);
}

std::string spill_path(const SessionOptions& options) {
  return join_path(options.spill_directory, "thalweg-" + std::to_string(::getpid()) + "-" +
                                                std::to_string(Random::fresh_seed()));
}

}  // namespace

SessionState::SessionState(std::string master_text, std::string name_text,
                           const SessionOptions& given)
    : master(std::move(master_text)),
      name(std::move(name_text)),
      options(given),
      clock(given.clock != nullptr ? *given.clock : SystemClock::instance()),
      memory(given.memory_bytes_max > 0 ? given.memory_bytes_max : default_memory_bytes_max()),
      blocks(memory, local_files, spill_path(given)),
      executor(make_executor(master, options, clock)) {}

Session::Session(std::string master, std::string name, const SessionOptions& options) {
  if (options.key_group_count < 1 || options.key_group_count > 32768) {
    throw Error(ErrorCode::invalid_argument, "key_group_count must be from 1 to 32768: got " +
                                                 std::to_string(options.key_group_count));
  }
  if (options.task_attempts_max < 1) {
    throw Error(ErrorCode::invalid_argument, "task_attempts_max must be at least 1: got " +
                                                 std::to_string(options.task_attempts_max));
  }
  state_ = std::make_shared<SessionState>(std::move(master), std::move(name), options);
}

}  // namespace thalweg
