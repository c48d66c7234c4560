// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <memory>

#include "thalweg/common/loading/loaded_library.h"
#include "thalweg/connectors/s3/s3_files.h"

namespace {

/// The first of Amazon's variables for the endpoint that is set.
std::string endpoint() {
  for (const char* name : {"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"}) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0') return value;
  }
  return {};
}

}  // namespace

/// What the main library calls when a scheme of ours is first used.
extern "C" thalweg::Status thalweg_make_file_system(std::string_view scheme, thalweg::Clock& clock,
                                                    std::shared_ptr<thalweg::FileSystem>* made) {
  thalweg::s3::S3FilesOptions options;
  options.scheme = scheme;
  options.endpoint = endpoint();
  auto files = thalweg::s3::make_s3_files(options, clock);
  if (!files.ok()) return files.status();
  *made = std::move(files).value();
  return {};
}
