// SPDX-License-Identifier: Apache-2.0
#include "thalweg/common/loading/loaded_library.h"

#include <dlfcn.h>

#include <map>
#include <mutex>

namespace thalweg {
namespace {

/// Which library has the file system of a scheme.
struct SchemeLibrary {
  std::string_view scheme;
  std::string_view library;
};

constexpr SchemeLibrary scheme_libraries[] = {
    {"hdfs", "hdfs"},
    {"webhdfs", "hdfs"},
    {"s3", "s3"},
    {"s3a", "s3"},
};

/// The folder of the library, or program, that this function was linked into.
std::string own_folder() {
  Dl_info info{};
  if (::dladdr(reinterpret_cast<const void*>(&loaded_symbol), &info) == 0) return ".";
  return parent_path(info.dli_fname);
}

}  // namespace

Result<void*> loaded_symbol(std::string_view name, const char* symbol) {
  std::string path = join_path(own_folder(), "libthalweg_" + std::string(name) + ".so");
  // Never closed: what was made with it may live to the end. Opened again it is the same.
  void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* reason = ::dlerror();
    return Status(ErrorCode::unsupported,
                  "Thalweg's library for " + std::string(name) +
                      " can't be loaded: " + (reason != nullptr ? reason : path.c_str()) +
                      "; install what it needs, or build Thalweg where that is installed");
  }
  void* found = ::dlsym(library, symbol);
  if (found == nullptr) {
    return Status(ErrorCode::unsupported,
                  path + " has no " + symbol + ": it belongs to another version of Thalweg");
  }
  return found;
}

Result<std::shared_ptr<FileSystem>> loaded_file_system(std::string_view scheme) {
  static std::mutex mutex;
  static std::map<std::string_view, std::shared_ptr<FileSystem>> systems;
  for (const auto& known : scheme_libraries) {
    if (known.scheme != scheme) continue;
    std::lock_guard lock(mutex);
    auto& system = systems[known.scheme];
    if (system != nullptr) return system;
    THALWEG_TRY_ASSIGN(void* symbol, loaded_symbol(known.library, "thalweg_make_file_system"));
    THALWEG_TRY(reinterpret_cast<MakeFileSystem>(symbol)(scheme, SystemClock::instance(), &system));
    return system;
  }
  return std::shared_ptr<FileSystem>();
}

std::string_view loaded_schemes() {
  static const std::string names = [] {
    std::string text;
    for (const auto& known : scheme_libraries) {
      text += (text.empty() ? "" : ", ") + std::string(known.scheme);
    }
    return text;
  }();
  return names;
}

}  // namespace thalweg
