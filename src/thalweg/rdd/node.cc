// SPDX-License-Identifier: Apache-2.0
#include "thalweg/rdd/node.h"

#include <set>

#include "thalweg/common/type_name.h"
#include "thalweg/rdd/block_file.h"
#include "thalweg/rdd/shuffle.h"

namespace thalweg {

std::shared_ptr<AnyNode> own_node(AnyNode* node) { return std::shared_ptr<AnyNode>(node); }

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

void require_positive(int partitions, std::string_view what) {
  if (partitions >= 1) return;
  throw Error(ErrorCode::invalid_argument,
              std::string(what) + " needs at least 1 partition: got " + std::to_string(partitions));
}

void require_rows(bool present, std::string_view what) {
  if (present) return;
  throw Error(ErrorCode::invalid_argument, std::string(what) + " of an RDD without rows");
}

Status user_failure(const AnyNode& node, std::string record) {
  ErrorCode code = ErrorCode::user_error;
  std::string message;
  std::exception_ptr cause = std::current_exception();
  try {
    throw;
  } catch (const Error& error) {
    code = error.code();
    message = error.what();
    if (error.cause()) cause = error.cause();
  } catch (const std::exception& error) {
    message = type_name(typeid(error)) + ": " + error.what();
  } catch (...) {
    message = "an exception that is not a std::exception";
  }
  if (!record.empty()) message += "; record " + record;
  return Status(code, message, cause).within(node.describe());
}

AnyNode::AnyNode(std::shared_ptr<SessionState> session, std::string_view kind,
                 std::vector<Dependency> dependencies, int partition_count)
    : id_{session->next_id()},
      session_(std::move(session)),
      kind_(kind),
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

AnyNode::AnyNode(const std::shared_ptr<AnyNode>& parent, std::string_view kind)
    : AnyNode(parent->session_pointer(), kind, {{parent, nullptr}}, parent->partition_count()) {}

AnyNode::AnyNode(const std::shared_ptr<AnyShuffle>& shuffle, std::string_view kind)
    : AnyNode(shuffle->map_node()->session_pointer(), kind, {{nullptr, shuffle}},
              shuffle->reduce_partition_count()) {}

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

void AnyNode::keep(StorageLevel level, const BlockCodec* codec) {
  if (codec != nullptr) codec_ = codec;
  StorageLevel before = storage_level_.exchange(level);
  if (level == StorageLevel::none && before != StorageLevel::none) {
    session_->blocks.remove_all(BlockId::Kind::partition, id_.value);
  }
}

Status AnyNode::find_stored(int partition, TaskContext& context, BlockPointer& block) {
  THALWEG_TRY_ASSIGN(block, stored(partition, context));
  return {};
}

Result<AnyNode::BlockPointer> AnyNode::stored(int partition, TaskContext& context) {
  if (checkpointed_) {
    THALWEG_TRY_ASSIGN(auto bytes,
                       read_block_file(session().local_files, checkpoint_path(partition)));
    return codec_.load()->decode(std::move(bytes));
  }
  if (storage_level_.load() != StorageLevel::none) return read_kept(partition, context);
  auto landed = context.landings.find({id_.value, partition});
  return landed == context.landings.end() ? BlockPointer() : landed->second;
}

Result<AnyNode::BlockPointer> AnyNode::computed(int partition, TaskContext& context) {
  auto block = new_block();
  THALWEG_TRY(hold(partition, context, *block));
  return BlockPointer(std::move(block));
}

Result<AnyNode::BlockPointer> AnyNode::read_kept(int partition, TaskContext& context) {
  BlockId block_id{BlockId::Kind::partition, id_.value, partition, 0};
  auto kept = session().blocks.get(block_id);
  // A kept block that is gone or damaged is computed again from its lineage.
  if (kept.ok() && kept.value() != nullptr) return kept;
  THALWEG_TRY_ASSIGN(auto block, computed(partition, context));
  StorageLevel level = storage_level_;
  if (level != StorageLevel::none) {
    THALWEG_TRY(session().blocks.put(block_id, block, level, codec_));
  }
  // Unpersisted meanwhile: what was put after that would stay for ever.
  if (storage_level_.load() == StorageLevel::none) session().blocks.remove(block_id);
  return block;
}

Result<AnyNode::BlockPointer> AnyNode::open_block(int partition, TaskContext& context) {
  THALWEG_TRY_ASSIGN(auto block, stored(partition, context));
  if (block != nullptr) return block;
  return computed(partition, context);
}

Status AnyNode::land(int partition, TaskContext& context) {
  // Where it is to be kept, it is kept; computing it here as well would be twice.
  if (storage_level_.load() != StorageLevel::none) return stored(partition, context).status();
  THALWEG_TRY_ASSIGN(context.landings[std::make_pair(id_.value, partition)],
                     computed(partition, context));
  return {};
}

Status AnyNode::write_checkpoint(int partition, TaskContext& context) {
  THALWEG_TRY_ASSIGN(auto block, open_block(partition, context));
  Encoder encoder;
  codec_.load()->encode(*block, encoder);
  return write_block_file(session().local_files, checkpoint_path(partition), encoder.bytes());
}

bool AnyNode::fully_stored() const {
  if (checkpointed() || holds_itself_) return true;
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

void AnyNode::request_checkpoint(std::string directory, const BlockCodec* codec) {
  std::lock_guard lock(mutex_);
  codec_ = codec;
  checkpoint_directory_ = std::move(directory);
  checkpoint_requested_ = true;
}

void AnyNode::finish_checkpoint() {
  cut_lineage(checkpointed_);
  checkpoint_requested_ = false;
}

void AnyNode::finish_holding() { cut_lineage(holds_itself_); }

void AnyNode::cut_lineage(std::atomic<bool>& flag) {
  std::vector<Dependency> released;
  {
    std::lock_guard lock(mutex_);
    released.swap(dependencies_);
    flag = true;
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
