// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "thalweg/common/clock.h"
#include "thalweg/common/file_system.h"

namespace thalweg::s3 {

/// Where S3 is, and what Arrow's client takes of its own from the environment: credentials
/// (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, profiles, roles) and the region.
struct S3FilesOptions {
  std::string scheme = "s3";  ///< As in the addresses, for messages.
  /// A server that speaks S3 other than Amazon's: "http://127.0.0.1:9000". Empty: Amazon's.
  std::string endpoint = {};
};

/// The objects of S3, or of a server that speaks it, as files. A path begins with the bucket:
/// "bucket/logs/a". An address with "/" between names is a directory where objects lie below it.
///
/// A file that is written is there once it is closed, or synced, and not before; nothing can be
/// appended to it then (unsupported). A rename copies the object and removes the old one: the
/// target is replaced in one step, but a process that dies in between leaves both. Directories
/// can't be renamed (unsupported), files can't be locked. create_if_absent() is a PUT with
/// `If-None-Match: *` where the server honours that, which is tried before the first.
///
/// `clock`: waits between tries of create_if_absent(); must outlive the files.
///
/// Errors: not_found for buckets too; unavailable with what S3 said.
/// Thread safety: all methods may be called concurrently.
Result<std::shared_ptr<FileSystem>> make_s3_files(const S3FilesOptions& options, Clock& clock);

}  // namespace thalweg::s3
