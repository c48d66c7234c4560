// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/hdfs/address.h"

namespace thalweg::hdfs {
namespace {

std::string encoded(std::string_view text, std::string_view kept) {
  constexpr char digits[] = "0123456789ABCDEF";
  std::string out;
  for (char c : text) {
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (plain || kept.find(c) != std::string_view::npos) {
      out += c;
      continue;
    }
    auto byte = static_cast<unsigned char>(c);
    out += {'%', digits[byte >> 4], digits[byte & 15]};
  }
  return out;
}

/// The parts of `text` between `mark`s, empty ones left out.
std::vector<std::string> parts_of(std::string_view text, char mark) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    std::size_t end = std::min(text.find(mark, begin), text.size());
    if (end > begin) parts.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

}  // namespace

Result<Address> parse_address(std::string_view text) {
  std::size_t slash = std::min(text.find('/'), text.size());
  Address address{std::string(text.substr(0, slash)), {}};
  if (address.authority.empty()) {
    return Status(ErrorCode::invalid_argument,
                  "an address in HDFS names its NameNode: got \"" + std::string(text) +
                      "\"; write hdfs://namenode:9000" + std::string(text));
  }
  for (const auto& name : parts_of(text.substr(slash), '/')) {
    if (name == "." || name == "..") {
      return Status(ErrorCode::invalid_argument,
                    "\"" + name + "\" is no name in HDFS: " + std::string(text));
    }
    address.path += "/" + name;
  }
  if (address.path.empty()) address.path = "/";
  return address;
}

std::string encoded_path(std::string_view path) { return encoded(path, "/-._~"); }
std::string encoded_value(std::string_view value) { return encoded(value, "/-._~"); }

Result<WebAddresses> parse_web_addresses(std::string_view text) {
  WebAddresses addresses;
  for (const auto& entry : parts_of(text, ',')) {
    std::size_t equals = entry.find('=');
    if (equals == 0 || equals == std::string::npos || equals + 1 == entry.size()) {
      return Status(ErrorCode::invalid_argument,
                    "not of the form namenode:port=host:port: \"" + entry + "\"");
    }
    addresses[entry.substr(0, equals)] = parts_of(entry.substr(equals + 1), '|');
  }
  return addresses;
}

std::vector<std::string> web_addresses_of(std::string_view scheme, const std::string& authority,
                                          const WebAddresses& known) {
  auto found = known.find(authority);
  if (found != known.end()) return found->second;
  std::size_t colon = authority.rfind(':');
  // The colons of [::1] are not a port's.
  if (colon != std::string::npos && authority.find(']', colon) != std::string::npos) {
    colon = std::string::npos;
  }
  if (scheme == "webhdfs" && colon != std::string::npos) return {authority};
  return {authority.substr(0, colon) + ":" + std::string(usual_web_port)};
}

}  // namespace thalweg::hdfs
