// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include "thalweg/common/log.h"
#include "thalweg/common/text.h"
#include "thalweg/state/checkpoint/directory_holder_internal.h"
#include "thalweg/state/durable_files_internal.h"

namespace thalweg {
namespace {

std::string host_name() {
  char name[256] = {};
  if (::gethostname(name, sizeof name - 1) != 0) return "unknown";
  return name;
}

}  // namespace

std::string holder_text(std::string_view owner, Clock& clock) {
  return "application " + excerpt(owner) + ", process " + std::to_string(::getpid()) + " on host " +
         host_name() + ", since " + to_utc_string(clock.now()) + " UTC";
}

Result<std::unique_ptr<FileLock>> hold_directory(FileSystem& files, const std::string& directory,
                                                 const std::string& holder) {
  const std::string path = join_path(directory, "LOCK");
  auto lock = files.lock(path, holder);
  if (lock.ok() || lock.status().code() != ErrorCode::unsupported) return lock;
  auto before = read_whole_file(files, path);
  std::string warning =
      "checkpoint directory can't be locked on its file system, so nothing keeps "
      "a second program out: " +
      directory;
  if (before.ok()) {
    std::string_view line = before.value();
    warning += "; it was last used by " + std::string(line.substr(0, line.find('\n')));
  }
  log(LogLevel::warning, warning);
  THALWEG_TRY(write_synced_file(files, path, holder + "\n"));
  return std::unique_ptr<FileLock>();
}

}  // namespace thalweg
