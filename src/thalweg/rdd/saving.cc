// SPDX-License-Identifier: Apache-2.0
#include "thalweg/rdd/saving.h"

#include <cstdio>

#include "thalweg/common/faults/kill_point.h"

namespace thalweg {
namespace {

std::string part_name(int partition) {
  char name[24];
  std::snprintf(name, sizeof name, "part-%05d", partition);
  return name;
}

}  // namespace

void save_partitions(const std::shared_ptr<AnyNode>& node, const std::string& directory,
                     SaveMode mode,
                     const std::function<Status(int partition, FileSystem& files,
                                                const std::string& path, TaskContext&)>& write) {
  require_outside_task("an action on " + node->describe());
  FileLocation target = value_or_throw(node->session().files.resolve(directory));
  FileSystem& files = *target.system;
  if (files.describe(target.path).ok()) {
    if (mode == SaveMode::refuse) {
      throw Error(ErrorCode::invalid_argument,
                  "output directory exists: " + directory + "; remove it or choose another");
    }
    // First what says that it is whole.
    throw_if_failed(files.remove(join_path(target.path, "_SUCCESS")));
    THALWEG_KILL_POINT("saving.replacing");
    throw_if_failed(files.remove(target.path));
  }
  std::string staging = join_path(target.path, "_temporary");
  throw_if_failed(files.make_directories(staging));
  throw_if_failed(
      run_job(node, all_partitions(*node), [&](int partition, TaskContext& context) -> Status {
        std::string name = part_name(partition);
        std::string staged = join_path(staging, name + "-" + std::to_string(context.attempt));
        THALWEG_TRY(write(partition, files, staged, context));
        THALWEG_KILL_POINT("saving.part_staged");
        THALWEG_TRY(files.rename(staged, join_path(target.path, name)));
        THALWEG_KILL_POINT("saving.part_renamed");
        return {};
      }));
  throw_if_failed(files.remove(staging));
  THALWEG_KILL_POINT("saving.parts_written");
  throw_if_failed(files.sync_directory(target.path));
  auto done = value_or_throw(files.open_write(join_path(target.path, "_SUCCESS")));
  throw_if_failed(done->close());
  throw_if_failed(files.sync_directory(target.path));
  THALWEG_KILL_POINT("saving.finished");
}

Result<std::vector<FileLocation>> saved_partitions(const FileSystems& systems,
                                                   const std::string& directory) {
  THALWEG_TRY_ASSIGN(FileLocation place, systems.resolve(directory));
  THALWEG_TRY_ASSIGN(auto entries, place.system->list(place.path));
  std::vector<FileLocation> parts;
  bool finished = false;
  for (const auto& entry : entries) {
    std::string_view name = base_name(entry.path);
    finished |= name == "_SUCCESS";
    if (name.starts_with("part-")) parts.push_back({place.system, entry.path});
  }
  if (!finished) {
    return Status(ErrorCode::invalid_argument,
                  "no _SUCCESS in " + directory + ": whoever writes it has not finished");
  }
  return parts;
}

}  // namespace thalweg
