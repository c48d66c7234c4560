// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/hdfs/remote_error.h"

#include <nlohmann/json.hpp>

namespace thalweg::hdfs {
namespace {

/// What an exception of Hadoop means to us. The others are `unavailable`, and do not pass.
struct Meaning {
  std::string_view exception;
  ErrorCode code;
  bool may_pass;
};

constexpr Meaning meanings[] = {
    {"FileNotFoundException", ErrorCode::not_found, false},
    {"ParentNotDirectoryException", ErrorCode::invalid_argument, false},
    {"FileAlreadyExistsException", ErrorCode::invalid_argument, false},
    {"PathIsNotEmptyDirectoryException", ErrorCode::invalid_argument, false},
    {"IllegalArgumentException", ErrorCode::invalid_argument, false},
    {"InvalidPathException", ErrorCode::invalid_argument, false},
    {"UnsupportedOperationException", ErrorCode::unsupported, false},
    {"StandbyException", ErrorCode::unavailable, true},
    {"RetriableException", ErrorCode::unavailable, true},
    {"SafeModeException", ErrorCode::unavailable, true},
    {"NotReplicatedYetException", ErrorCode::unavailable, true},
    {"RecoveryInProgressException", ErrorCode::unavailable, true},
    {"AlreadyBeingCreatedException", ErrorCode::unavailable, true},
    {"BlockMissingException", ErrorCode::unavailable, true},
    {"ConnectException", ErrorCode::unavailable, true},
    {"NoRouteToHostException", ErrorCode::unavailable, true},
    {"SocketTimeoutException", ErrorCode::unavailable, true},
    {"EOFException", ErrorCode::unavailable, true},
};

std::string first_line(const std::string& text) {
  constexpr std::size_t reason_bytes_max = 1000;
  return text.substr(0, std::min(text.find('\n'), reason_bytes_max));
}

}  // namespace

RemoteError remote_error_of(const HttpReply& reply) {
  RemoteError error;
  if (!reply.failure.empty()) {
    error.reason = reply.failure;
    error.may_pass = true;
    return error;
  }
  if (reply.status == 401) {
    error.code = ErrorCode::unsupported;
    error.reason = "the cluster asks for Kerberos, which Thalweg does not speak yet";
    return error;
  }
  auto json = nlohmann::json::parse(reply.text, nullptr, false);
  const auto* remote =
      json.is_object() && json.contains("RemoteException") && json["RemoteException"].is_object()
          ? &json["RemoteException"]
          : nullptr;
  if (remote == nullptr) {
    error.reason = "HTTP status " + std::to_string(reply.status);
    error.may_pass = reply.status >= 500 || reply.status == 429;
    return error;
  }
  auto text_of = [&](const char* name) {
    auto found = remote->find(name);
    return found != remote->end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  error.exception = text_of("exception");
  error.reason = first_line(text_of("message"));
  if (error.reason.empty()) error.reason = error.exception;
  for (const auto& meaning : meanings) {
    if (meaning.exception != error.exception) continue;
    error.code = meaning.code;
    error.may_pass = meaning.may_pass;
  }
  error.standby = error.exception == "StandbyException";
  // IOExceptions by their class; every DataNode that has the file may be gone for a while.
  for (std::string_view gone : {"Failed to find datanode", "No active "}) {
    if (error.reason.starts_with(gone)) error.may_pass = true;
  }
  return error;
}

}  // namespace thalweg::hdfs
