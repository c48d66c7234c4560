// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "thalweg/common/status.h"
#include "thalweg/connectors/hdfs/http_client.h"

namespace thalweg::hdfs {

/// Why a NameNode or DataNode did not do what it was asked to.
struct RemoteError {
  ErrorCode code = ErrorCode::unavailable;
  std::string exception;  ///< Hadoop's class: "FileNotFoundException". Empty where it has none.
  std::string reason;     ///< Its first line, for a person.
  bool may_pass = false;  ///< The same may succeed soon.
  bool standby = false;   ///< This NameNode is not the active one.
};

/// Reads a reply that is not the one hoped for: with a status of 400 and more, or none.
RemoteError remote_error_of(const HttpReply& reply);

}  // namespace thalweg::hdfs
