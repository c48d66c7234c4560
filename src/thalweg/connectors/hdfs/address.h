// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "thalweg/common/status.h"

namespace thalweg::hdfs {

/// A path of the file system taken apart: "namenode:9000/logs/a".
struct Address {
  std::string authority;  ///< "namenode:9000".
  std::string path;       ///< "/logs/a"; "/" at least, and without a slash at its end.
};

/// Errors: invalid_argument for a path without a NameNode ("/logs/a", of hdfs:///logs/a), or with
/// "." or ".." in it, which HDFS does not know.
Result<Address> parse_address(std::string_view text);

/// Text in a URL's path, slashes kept, or in its query.
std::string encoded_path(std::string_view path);
std::string encoded_value(std::string_view value);

/// Where the WebHDFS of NameNodes is, for those that have it elsewhere than at the usual port: a
/// NameNode as addresses name it, and its "host:port"s, more than one where a standby can take
/// over.
using WebAddresses = std::map<std::string, std::vector<std::string>, std::less<>>;

/// Reads "namenode:9000=namenode:9870,logs=one:9870|two:9870". Errors: invalid_argument.
Result<WebAddresses> parse_web_addresses(std::string_view text);

/// The port of WebHDFS in a NameNode that was not told otherwise.
inline constexpr std::string_view usual_web_port = "9870";

/// Where the WebHDFS of `authority` is: as `known` says; else, for webhdfs://, at that address;
/// else at its host and the usual port.
std::vector<std::string> web_addresses_of(std::string_view scheme, const std::string& authority,
                                          const WebAddresses& known);

}  // namespace thalweg::hdfs
