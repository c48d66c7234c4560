// SPDX-License-Identifier: Apache-2.0
#include "thalweg/dstream/recovery/stateful_operators.h"

#include <algorithm>
#include <map>
#include <utility>

#include "thalweg/common/faults/kill_point.h"
#include "thalweg/common/log.h"
#include "thalweg/dstream/nodes/stateful.h"

namespace thalweg {
namespace {

/// Snapshots of what changed in an operator's state before all of it is written again.
constexpr std::size_t delta_snapshots_max = 8;

std::string numbered(const std::string& kind, int number) {
  return kind + "#" + std::to_string(number);
}

}  // namespace

struct StatefulOperators::Operator {
  StatefulNode* node;
  SavedState saved;
  std::vector<CheckpointFile> files;
  std::size_t snapshots = 0;  ///< That `files` are from, the first of all states.
  bool write_all = true;
  int own_partitions = 0;  ///< What the program says.
  bool divisible = true;

  [[nodiscard]] int wanted_of(const std::map<std::string, int>& wanted) const {
    auto found = wanted.find(saved.name);
    return found == wanted.end() ? own_partitions : found->second;
  }
};

StatefulOperators::StatefulOperators(std::string directory) : directory_(std::move(directory)) {}
StatefulOperators::~StatefulOperators() = default;

Status StatefulOperators::find(const StreamGraph& graph) {
  std::map<std::string, int> numbers;
  for (StatefulNode* node : graph.stateful()) {
    Operator entry;
    entry.node = node;
    entry.saved.kind = node->kind();
    entry.saved.named = !node->name().empty();
    int number = numbers[node->kind()]++;
    entry.saved.name = entry.saved.named ? node->name() : numbered(node->kind(), number);
    entry.saved.types = node->state().type_text();
    entry.own_partitions = node->state().partition_count();
    for (const auto& other : operators_) {
      if (other.saved.name != entry.saved.name) continue;
      return {ErrorCode::invalid_argument, "two stateful operators are named \"" +
                                               entry.saved.name +
                                               "\"; their states could not be told apart"};
    }
    operators_.push_back(std::move(entry));
  }
  return {};
}

Status StatefulOperators::check_numbers(const CheckpointContent& content,
                                        const std::set<std::string>& forget) const {
  // Numbers are sure only where nothing of the kind came or went.
  std::map<std::string, std::pair<std::set<std::string>, std::set<std::string>>> kinds;
  for (const auto& saved : content.states) {
    if (!forget.contains(saved.name)) kinds[saved.kind].first.insert(saved.name);
  }
  for (const auto& entry : operators_) kinds[entry.saved.kind].second.insert(entry.saved.name);
  std::string advice;
  auto is_unsure = [&](const SavedState& state) {
    const auto& [before, now] = kinds[state.kind];
    return !state.named && before != now && !forget.contains(state.name);
  };
  for (const auto& saved : content.states) {
    if (is_unsure(saved)) {
      advice += "\n  in the checkpoint: " + saved.name + " (" + saved.types + ", " +
                std::to_string(saved.keys) + " keys)";
    }
  }
  for (const auto& entry : operators_) {
    if (is_unsure(entry.saved)) {
      advice += "\n  in the program:    " + entry.saved.name + " (" + entry.saved.types +
                "): add .name(\"...\") to it";
    }
  }
  if (!advice.empty()) {
    return {ErrorCode::invalid_argument,
            "the stateful operators of this program are not those of the checkpoint in " +
                directory_ +
                ", and without names it can't be told which state belongs to which:" + advice +
                "\nGive an operator the name it has in the checkpoint to go on with its state, or "
                "put that name into forget_states to drop it"};
  }
  return {};
}

Status StatefulOperators::restore(const CheckpointContent& content, const Epoch& epoch,
                                  CheckpointDirectory& epochs,
                                  const std::set<std::string>& forget) {
  THALWEG_TRY(check_numbers(content, forget));
  for (const auto& saved : content.states) {
    auto entry = std::find_if(operators_.begin(), operators_.end(),
                              [&](const Operator& o) { return o.saved.name == saved.name; });
    if (entry != operators_.end()) {
      THALWEG_TRY(restore_one(*entry, saved, epoch, epochs));
      continue;
    }
    if (forget.contains(saved.name)) continue;
    return {ErrorCode::invalid_argument,
            "the checkpoint in " + directory_ + " has the state of " + saved.kind + " \"" +
                saved.name + "\" (" + std::to_string(saved.keys) +
                " keys), and this program has no such operator; name one so, or put the name into "
                "forget_states to drop it"};
  }
  for (auto& entry : operators_) {
    Time last = content.completed.floor(entry.node->slide(), content.zero);
    if (last > content.zero) entry.node->begin_after(last);
    entry.saved.keys = entry.node->state().size();
    log(LogLevel::info, entry.saved.kind + " \"" + entry.saved.name + "\" goes on with " +
                            std::to_string(entry.saved.keys) +
                            " keys; its functions "
                            "are those of this program");
  }
  return {};
}

Status StatefulOperators::restore_one(Operator& entry, const SavedState& saved, const Epoch& epoch,
                                      CheckpointDirectory& epochs) {
  if (entry.saved.types != saved.types) {
    return {ErrorCode::invalid_argument,
            saved.kind + " \"" + saved.name + "\" has " + entry.saved.types +
                " (key -> state), in the checkpoint in " + directory_ + " it has " + saved.types +
                "; use the same types, another name, or another directory"};
  }
  for (const auto& key : saved.files) {
    auto file = std::find_if(epoch.files.begin(), epoch.files.end(),
                             [&](const CheckpointFile& f) { return f.key == key; });
    if (file == epoch.files.end()) {
      return {ErrorCode::data_loss, "the checkpoint in " + directory_ + " lacks the file " + key};
    }
    entry.files.push_back(*file);
  }
  std::size_t count = entry.files.size();
  if (THALWEG_CANARY("last_snapshot_left_out") && count > 1) --count;
  SnapshotPages::Read read = [&](std::size_t i) { return epochs.read_file(entry.files[i]); };
  THALWEG_TRY(entry.node->state().restore(count, read));
  THALWEG_KILL_POINT("recovery.state_restored");
  return {};
}

std::map<std::string, int> StatefulOperators::partitions() const {
  std::map<std::string, int> counts;
  for (const auto& entry : operators_) {
    counts[entry.saved.name] = entry.node->state().partition_count();
  }
  return counts;
}

bool StatefulOperators::are_divided(const std::map<std::string, int>& wanted) const {
  return std::all_of(operators_.begin(), operators_.end(), [&](const Operator& entry) {
    return !entry.divisible || entry.node->state().partition_count() == entry.wanted_of(wanted);
  });
}

void StatefulOperators::divide(const std::map<std::string, int>& wanted, Time last) {
  for (auto& entry : operators_) {
    const int partitions = entry.wanted_of(wanted);
    if (!entry.divisible || entry.node->divide(partitions, last)) continue;
    entry.divisible = false;
    log(LogLevel::warning,
        entry.saved.kind + " \"" + entry.saved.name + "\" was in " + std::to_string(partitions) +
            " partitions when the batches that are made again now were planned, and is in " +
            std::to_string(entry.own_partitions) +
            ": with a partitioner of the program's own, or more partitions than key groups, it "
            "can't be divided as it was");
  }
}

Result<StatefulOperators::Images> StatefulOperators::images(Time time, Time zero) {
  Images images;
  for (auto& entry : operators_) {
    THALWEG_TRY_ASSIGN(auto image, entry.node->image(time.floor(entry.node->slide(), zero)));
    images.push_back(std::move(image));
  }
  return images;
}

Result<std::vector<SavedState>> StatefulOperators::write(const Images& images, Time time,
                                                         CheckpointDirectory& epochs,
                                                         std::vector<CheckpointFile>* files) {
  std::vector<SavedState> states;
  for (std::size_t i = 0; i < operators_.size(); ++i) {
    Operator& entry = operators_[i];
    if (images[i] != nullptr) {
      bool all = entry.write_all || entry.snapshots > delta_snapshots_max;
      std::vector<CheckpointFile> written;
      // In doubt everything is written next time.
      entry.write_all = true;
      THALWEG_TRY(images[i]->encode(all, [&](std::string_view bytes) -> Status {
        std::string key = entry.saved.name + "@" + std::to_string(time.micros());
        if (!written.empty()) key += "." + std::to_string(written.size());
        THALWEG_TRY_ASSIGN(auto file, epochs.write_file(std::move(key), bytes));
        written.push_back(std::move(file));
        return {};
      }));
      entry.write_all = false;
      if (all) {
        entry.files.clear();
        entry.snapshots = 0;
      }
      if (!written.empty()) ++entry.snapshots;
      entry.files.insert(entry.files.end(), written.begin(), written.end());
      entry.saved.keys = images[i]->size();
    }
    entry.saved.files.clear();
    for (const auto& file : entry.files) {
      entry.saved.files.push_back(file.key);
      files->push_back(file);
    }
    states.push_back(entry.saved);
  }
  return states;
}

void StatefulOperators::begin_anew() {
  for (auto& entry : operators_) entry.write_all = true;
}

}  // namespace thalweg
