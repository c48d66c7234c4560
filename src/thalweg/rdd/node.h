// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <typeinfo>
#include <utility>
#include <vector>

#include "thalweg/common/error.h"
#include "thalweg/common/shared_as.h"
#include "thalweg/rdd/chunk.h"
#include "thalweg/rdd/row_block.h"
#include "thalweg/runtime/block_store.h"
#include "thalweg/runtime/ids.h"
#include "thalweg/runtime/task_context.h"

namespace thalweg {

class AnyPartitioner;
class AnyShuffle;

/// What a node is made from: another node it reads partition by partition, or a shuffle.
struct Dependency {
  std::shared_ptr<class AnyNode> node;
  std::shared_ptr<AnyShuffle> shuffle;
};

/// One RDD of a lineage, whatever its element type: what the scheduler sees.
///
/// Nodes are immutable but for where their partitions are kept. They may be long chains: nothing
/// here recurses along a lineage. Every so many narrow steps a node is a landing: a task computes
/// its partition into memory before it goes on, so that no pull is deeper than that.
///
/// Thread safety: all methods may be called concurrently.
class AnyNode : public std::enable_shared_from_this<AnyNode> {
 public:
  static constexpr int narrow_depth_max = 256;

  /// `kind`: the operator, as users write it: "map".
  AnyNode(std::shared_ptr<SessionState> session, std::string_view kind,
          std::vector<Dependency> dependencies, int partition_count);
  /// A node whose partition i is made from partition i of `parent`.
  AnyNode(const std::shared_ptr<AnyNode>& parent, std::string_view kind);
  /// A node that reads a shuffle.
  AnyNode(const std::shared_ptr<AnyShuffle>& shuffle, std::string_view kind);
  virtual ~AnyNode();
  AnyNode(const AnyNode&) = delete;
  AnyNode& operator=(const AnyNode&) = delete;

  [[nodiscard]] RddId id() const { return id_; }
  [[nodiscard]] const std::string& kind() const { return kind_; }
  [[nodiscard]] SessionState& session() const { return *session_; }
  [[nodiscard]] const std::shared_ptr<SessionState>& session_pointer() const { return session_; }
  [[nodiscard]] int partition_count() const { return partition_count_; }
  /// A snapshot: a checkpoint may cut the dependencies off.
  [[nodiscard]] std::vector<Dependency> dependencies() const;
  void for_each_dependency(const std::function<void(const Dependency&)>& visit) const;

  /// How the keys are divided among the partitions; null where nobody knows.
  [[nodiscard]] const std::shared_ptr<const AnyPartitioner>& partitioner() const {
    return partitioner_;
  }

  void set_name(std::string name);
  [[nodiscard]] std::string name() const;
  /// For messages: `map "name" (rdd 5)`.
  [[nodiscard]] std::string describe() const;

  [[nodiscard]] StorageLevel storage_level() const { return storage_level_; }
  /// Keeps partitions when they are first computed; `none` drops them. `codec`: the rows' byte
  /// form, or null where they have none.
  void keep(StorageLevel level, const BlockCodec* codec);
  /// True when every partition is kept, checkpointed or held by the node itself, so that no parent
  /// is needed.
  [[nodiscard]] bool fully_stored() const;

  /// The partitions of narrow parents that `partition` is computed from.
  struct Source {
    const AnyNode* node;
    int partition;
  };
  virtual void sources(int partition, std::vector<Source>& out) const;

  [[nodiscard]] bool is_landing() const { return is_landing_; }
  [[nodiscard]] bool has_landing_below() const { return has_landing_below_; }
  /// The rows of a partition in one block, whatever their type.
  Result<std::shared_ptr<const Block>> open_block(int partition, TaskContext& context);
  /// Computes a partition into the task's landings, or to where it is kept.
  Status land(int partition, TaskContext& context);

  /// Asks for a checkpoint: the next job that reads the node writes it to `directory` first.
  void request_checkpoint(std::string directory, const BlockCodec* codec);
  [[nodiscard]] bool checkpoint_requested() const { return checkpoint_requested_; }
  [[nodiscard]] bool checkpointed() const { return checkpointed_; }
  Status write_checkpoint(int partition, TaskContext& context);
  /// Held by the job that writes the checkpoint, so that no other writes the same files.
  std::mutex& checkpoint_mutex() { return checkpoint_mutex_; }
  /// After every partition was written: from now on the files are read, the lineage is let go.
  void finish_checkpoint();

  /// Whether what the operator captured could travel to another process.
  [[nodiscard]] virtual bool shippable() const { return false; }
  /// The type of the user's function, for messages and for shipping.
  [[nodiscard]] virtual const std::type_info* function_type() const { return nullptr; }

  /// One line per ancestor, indented by stage; what `to_debug_string()` returns.
  [[nodiscard]] std::string to_debug_string() const;

 protected:
  void set_partitioner(std::shared_ptr<const AnyPartitioner> partitioner) {
    partitioner_ = std::move(partitioner);
  }

  /// For a node that has computed every partition and holds them: lets the lineage go.
  void finish_holding();
  /// For a node that is computed into memory of its own whatever happens: what is built on it
  /// begins a new count of narrow steps.
  void begin_depth() {
    narrow_depth_ = 0;
    is_landing_ = false;
  }

  using BlockPointer = std::shared_ptr<const Block>;

  /// An empty block for rows of the node's type.
  [[nodiscard]] virtual std::shared_ptr<Block> new_block() const = 0;
  /// Computes the rows of a partition into `block`, which new_block() made.
  virtual Status hold(int partition, TaskContext& context, Block& block) = 0;
  /// True where stored() has to be asked before a partition is computed.
  [[nodiscard]] bool may_be_stored() const {
    return is_landing_ || checkpointed_ || storage_level_.load() != StorageLevel::none;
  }
  /// The rows of a partition that is checkpointed, kept (computing it first where need be), or
  /// landed; null where it has to be computed.
  Result<BlockPointer> stored(int partition, TaskContext& context);
  /// The same, into `block`.
  Status find_stored(int partition, TaskContext& context, BlockPointer& block);

 private:
  /// Sets `flag` and releases the dependencies, which can be asked for no more.
  void cut_lineage(std::atomic<bool>& flag);
  /// The rows of a partition, computed.
  Result<BlockPointer> computed(int partition, TaskContext& context);
  Result<BlockPointer> read_kept(int partition, TaskContext& context);
  [[nodiscard]] std::string checkpoint_path(int partition) const;

  const RddId id_;
  const std::shared_ptr<SessionState> session_;
  const std::string kind_;
  const int partition_count_;
  std::shared_ptr<const AnyPartitioner> partitioner_;
  int narrow_depth_ = 0;
  bool is_landing_ = false;
  bool has_landing_below_ = false;

  std::mutex checkpoint_mutex_;
  mutable std::mutex mutex_;
  std::vector<Dependency> dependencies_;
  std::string name_;
  std::string checkpoint_directory_;
  std::atomic<const BlockCodec*> codec_{nullptr};
  std::atomic<StorageLevel> storage_level_{StorageLevel::none};
  std::atomic<bool> checkpoint_requested_{false};
  std::atomic<bool> checkpointed_{false};
  std::atomic<bool> holds_itself_{false};
};

/// A node in shared ownership.
std::shared_ptr<AnyNode> own_node(AnyNode* node);

/// Lets go of the last handle of something that may hold a long chain, without recursion.
void release_chain(std::shared_ptr<const void> link);

/// Throws unless an RDD may be made or an action started here: not inside a task.
void require_outside_task(std::string_view what);

/// Throws Error(invalid_argument) for a number of partitions below 1. `what`: the operator.
void require_positive(int partitions, std::string_view what);
/// Throws Error(invalid_argument) where an action `what` has no rows to work on.
void require_rows(bool present, std::string_view what);

/// In a catch block: what the user's function threw, as a Status that names the operator.
Status user_failure(const AnyNode& node, std::string record);

/// The text of a record for a message, or its type's name where it can't be printed.
template <typename T>
std::string record_excerpt(const T& row) {
  if constexpr (Record<T>) {
    return excerpt(to_text(row));
  } else {
    return std::string("a record of type ") + typeid(T).name();
  }
}

/// A search for lines that hold some text, which a reader of text may do before it finds the lines.
struct TextSearch {
  std::string text;
};

/// An RDD of T: how a partition is computed.
template <typename T>
class RddNode : public AnyNode {
 public:
  using Row = T;
  using AnyNode::AnyNode;

  /// A cursor over a partition: over the kept rows where there are any, else computed (and kept).
  Result<CursorPointer<T>> open(int partition, TaskContext& context) {
    if (may_be_stored()) {
      BlockPointer block;
      THALWEG_TRY(find_stored(partition, context, block));
      if (block != nullptr) {
        return CursorPointer<T>(new BlockCursor<T>(std::move(block), context));
      }
    }
    return compute(partition, context);
  }

  /// The rows of open() that contain the text, or null where the node can do no better than a
  /// filter after it.
  virtual Result<CursorPointer<T>> open_matching(int, TaskContext&, const TextSearch&) {
    return CursorPointer<T>();
  }

 protected:
  virtual Result<CursorPointer<T>> compute(int partition, TaskContext& context) = 0;

  [[nodiscard]] std::shared_ptr<Block> new_block() const final { return make_block<T>(); }
  Status hold(int partition, TaskContext& context, Block& block) final {
    THALWEG_TRY_ASSIGN(auto cursor, compute(partition, context));
    return hold_all(*cursor, block_of<T>(block));
  }
};

/// A node of an RDD of T, in shared ownership.
template <typename T>
using NodePointer = SharedAs<RddNode<T>, AnyNode>;

/// A node, made. As std::make_shared, but what counts the owners is compiled once for all nodes:
/// programs have many types of them.
template <typename Node, typename... Arguments>
NodePointer<typename Node::Row> make_node(Arguments&&... arguments) {
  static_assert(std::derived_from<Node, RddNode<typename Node::Row>>);
  return NodePointer<typename Node::Row>(own_node(new Node(std::forward<Arguments>(arguments)...)));
}

}  // namespace thalweg
