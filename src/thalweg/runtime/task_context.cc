// SPDX-License-Identifier: Apache-2.0
#include "thalweg/runtime/task_context.h"

#include <functional>
#include <utility>

namespace thalweg {
namespace {

thread_local TaskContext* current_context = nullptr;

}  // namespace

TaskContext::TaskContext(SessionState& session_state, std::stop_token stop_token)
    : session(session_state), stop(std::move(stop_token)) {}
TaskContext::~TaskContext() = default;

std::vector<DeadLetter>& TaskContext::begin_letters(RddId owner, int of_partition) {
  return letter_passes.emplace_back(LetterPass{owner, of_partition, {}}).letters;
}

std::string TaskContext::position_of(const char* bytes) const {
  std::less<const char*> before;
  if (origin.begin == nullptr || before(bytes, origin.begin) || !before(bytes, origin.end)) {
    return {};
  }
  auto offset = origin.offset + static_cast<std::uint64_t>(bytes - origin.begin);
  return "offset=" + std::to_string(offset);
}

void TaskContext::commit() {
  for (auto& [id, update] : updates) update->merge();
  updates.clear();
  session.records_read.fetch_add(std::exchange(records_read, 0), std::memory_order_relaxed);
  for (auto& pass : letter_passes) {
    session.dead_letters.add_pass(pass.owner, pass.partition, std::move(pass.letters));
  }
  letter_passes.clear();
}

Status job_stopped() { return {ErrorCode::cancelled, "the job was stopped"}; }

TaskContext* TaskContext::current() { return current_context; }

TaskContext::Scope::Scope(TaskContext& context) : previous_(current_context) {
  current_context = &context;
}

TaskContext::Scope::~Scope() { current_context = previous_; }

}  // namespace thalweg
