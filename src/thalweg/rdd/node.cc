// SPDX-License-Identifier: Apache-2.0
#include "thalweg/rdd/node.h"

#include <cxxabi.h>

#include <cstdlib>
#include <set>

#include "thalweg/rdd/shuffle.h"

namespace thalweg {
namespace {

std::string type_name(const std::type_info& type) {
  int status = 0;
  char* name = abi::__cxa_demangle(type.name(), nullptr, nullptr, &status);
  std::string text = name != nullptr ? name : type.name();
  std::free(name);
  return text;
}

}  // namespace

void release_chain(std::shared_ptr<const void> link) {
  thread_local std::vector<std::shared_ptr<const void>>* waiting = nullptr;
  if (waiting != nullptr) {
    waiting->push_back(std::move(link));
    return;
  }
  std::vector<std::shared_ptr<const void>> links;
  links.push_back(std::move(link));
  waiting = &links;
  while (!links.empty()) {
    auto next = std::move(links.back());
    links.pop_back();
    next.reset();
  }
  waiting = nullptr;
}

void require_outside_task(std::string_view what) {
  if (TaskContext::current() == nullptr) return;
  throw Error(ErrorCode::invalid_argument,
              std::string(what) +
                  " inside a function that runs in a task: RDDs exist on the driver only; "
                  "collect() what the function needs before, and capture it or broadcast it");
}

Status user_failure(const AnyNode& node, std::string record) {
  ErrorCode code = ErrorCode::user_error;
  std::string cause;
  try {
    throw;
  } catch (const Error& error) {
    code = error.code();
    cause = error.what();
  } catch (const std::exception& error) {
    cause = type_name(typeid(error)) + ": " + error.what();
  } catch (...) {
    cause = "an exception that is not a std::exception";
  }
  if (!record.empty()) cause += "; record " + record;
  return Status(code, cause).within(node.describe());
}

AnyNode::AnyNode(std::shared_ptr<SessionState> session, std::string kind,
                 std::vector<Dependency> dependencies, int partition_count)
    : id_{session->next_id()},
      session_(std::move(session)),
      kind_(std::move(kind)),
      partition_count_(partition_count),
      dependencies_(std::move(dependencies)) {
  require_outside_task("a new RDD (" + kind_ + ")");
  for (const auto& dependency : dependencies_) {
    if (dependency.node == nullptr) continue;
    const AnyNode& parent = *dependency.node;
    narrow_depth_ = std::max(narrow_depth_, parent.is_landing_ ? 1 : parent.narrow_depth_ + 1);
    has_landing_below_ |= parent.is_landing_ || parent.has_landing_below_;
  }
  is_landing_ = narrow_depth_ >= narrow_depth_max;
}

AnyNode::~AnyNode() {
  session_->dead_letters.forget(id_);
  if (storage_level_ != StorageLevel::none) {
    session_->blocks.remove_all(BlockId::Kind::partition, id_.value);
  }
  for (auto& dependency : dependencies_) {
    if (dependency.node) release_chain(std::move(dependency.node));
    if (dependency.shuffle) release_chain(std::move(dependency.shuffle));
  }
}

std::vector<Dependency> AnyNode::dependencies() const {
  std::lock_guard lock(mutex_);
  return dependencies_;
}

void AnyNode::for_each_dependency(const std::function<void(const Dependency&)>& visit) const {
  std::lock_guard lock(mutex_);
  for (const auto& dependency : dependencies_) visit(dependency);
}

void AnyNode::set_name(std::string name) {
  std::lock_guard lock(mutex_);
  name_ = std::move(name);
}

std::string AnyNode::name() const {
  std::lock_guard lock(mutex_);
  return name_;
}

std::string AnyNode::describe() const {
  std::string given = name();
  return kind_ + (given.empty() ? "" : " \"" + given + "\"") + " (rdd " +
         std::to_string(id_.value) + ")";
}

void AnyNode::set_storage_level(StorageLevel level) {
  StorageLevel before = storage_level_.exchange(level);
  if (level == StorageLevel::none && before != StorageLevel::none) {
    session_->blocks.remove_all(BlockId::Kind::partition, id_.value);
  }
}

bool AnyNode::fully_stored() const {
  if (checkpointed()) return true;
  if (storage_level() == StorageLevel::none) return false;
  for (int i = 0; i < partition_count_; ++i) {
    if (!session_->blocks.contains({BlockId::Kind::partition, id_.value, i, 0})) return false;
  }
  return true;
}

void AnyNode::sources(int partition, std::vector<Source>& out) const {
  for_each_dependency([&](const Dependency& dependency) {
    if (dependency.node) out.push_back({dependency.node.get(), partition});
  });
}

void AnyNode::request_checkpoint(std::string directory) {
  std::lock_guard lock(mutex_);
  checkpoint_directory_ = std::move(directory);
  checkpoint_requested_ = true;
}

void AnyNode::finish_checkpoint() {
  std::vector<Dependency> released;
  {
    std::lock_guard lock(mutex_);
    released.swap(dependencies_);
    checkpointed_ = true;
    checkpoint_requested_ = false;
  }
  for (auto& dependency : released) {
    if (dependency.node) release_chain(std::move(dependency.node));
    if (dependency.shuffle) release_chain(std::move(dependency.shuffle));
  }
}

std::string AnyNode::checkpoint_path(int partition) const {
  std::lock_guard lock(mutex_);
  return join_path(checkpoint_directory_, "part-" + std::to_string(partition));
}

std::string AnyNode::to_debug_string() const {
  struct Line {
    std::shared_ptr<const AnyNode> node;
    int depth;
  };
  std::string text;
  std::set<const AnyNode*> seen;
  std::vector<Line> lines{{shared_from_this(), 0}};
  while (!lines.empty()) {
    Line line = std::move(lines.back());
    lines.pop_back();
    text += std::string(static_cast<std::size_t>(line.depth) * 2, ' ');
    text += "(" + std::to_string(line.node->partition_count()) + ") " + line.node->describe();
    if (line.node->storage_level() != StorageLevel::none) {
      text += " [" + std::string(thalweg::to_string(line.node->storage_level())) + "]";
    }
    if (line.node->checkpointed()) text += " [checkpointed]";
    text += '\n';
    if (!seen.insert(line.node.get()).second) continue;
    line.node->for_each_dependency([&](const Dependency& dependency) {
      if (dependency.node) lines.push_back({dependency.node, line.depth});
      if (dependency.shuffle) lines.push_back({dependency.shuffle->map_node(), line.depth + 1});
    });
  }
  return text;
}

}  // namespace thalweg
