// SPDX-License-Identifier: Apache-2.0
#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>

#include "thalweg/common/loading/loaded_library.h"
#include "thalweg/connectors/hdfs/web_hdfs.h"

namespace thalweg::hdfs {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

/// As Hadoop's own clients: who HADOOP_USER_NAME names, else who runs the program.
std::string user_name() {
  std::string user = environment("HADOOP_USER_NAME");
  if (!user.empty()) return user;
  const passwd* entry = ::getpwuid(::getuid());
  return entry != nullptr ? entry->pw_name : "thalweg";
}

}  // namespace
}  // namespace thalweg::hdfs

/// What the main library calls when a scheme of ours is first used.
extern "C" thalweg::Status thalweg_make_file_system(std::string_view scheme, thalweg::Clock& clock,
                                                    std::shared_ptr<thalweg::FileSystem>* made) {
  using namespace thalweg::hdfs;
  WebHdfsOptions options;
  options.scheme = scheme;
  options.user = user_name();
  auto addresses = parse_web_addresses(environment("THALWEG_HDFS_WEBHDFS"));
  if (!addresses.ok()) return addresses.status().within("THALWEG_HDFS_WEBHDFS");
  options.web_addresses = std::move(addresses).value();
  *made = std::make_shared<WebHdfs>(std::move(options), clock);
  return {};
}
