// SPDX-License-Identifier: Apache-2.0
#include "thalweg/common/bytes/codec.h"
#include "thalweg/common/bytes/crc32c.h"
#include "thalweg/state/checkpoint/manifest_internal.h"
#include "thalweg/state/durable_files_internal.h"

namespace thalweg::manifests {
namespace {

constexpr std::string_view magic = "THWGCKP1";
constexpr std::uint32_t version = 1;
constexpr std::size_t checked_header_bytes = 8 + 4 + 4 + 8;
constexpr std::string_view prefix = "MANIFEST";
constexpr std::string_view data_prefix = "data";

Status damaged(const std::string& path, const std::string& why) {
  return {ErrorCode::data_loss, "checkpoint manifest " + why + ": " + path};
}

}  // namespace

std::string name_of(std::uint64_t number) { return numbered(prefix, number); }

std::optional<std::uint64_t> number_of(std::string_view name) {
  return thalweg::number_of(name, prefix);
}

std::string data_name_of(std::uint64_t number) { return numbered(data_prefix, number); }

std::optional<std::uint64_t> data_number_of(std::string_view name) {
  return thalweg::number_of(name, data_prefix);
}

std::string encode(const Epoch& epoch) {
  Encoder body;
  body.put_number(epoch.number);
  body.put_text(epoch.metadata);
  body.put_length(epoch.files.size());
  for (const auto& file : epoch.files) {
    body.put_text(file.key);
    body.put_text(file.name);
    body.put_number(file.size_bytes);
    body.put_number(file.crc32c);
  }
  Encoder out;
  out.put_bytes(magic);
  out.put_number(version);
  out.put_number<std::uint32_t>(0);  // Flags: none yet.
  out.put_number<std::uint64_t>(body.bytes().size());
  out.put_number(extend_crc32c(crc32c(out.bytes()), body.bytes()));
  out.put_bytes(body.bytes());
  return out.take();
}

Result<Epoch> decode(std::string_view bytes, std::uint64_t number, const std::string& path) {
  Decoder in(bytes);
  bool ours = in.get_bytes(magic.size()) == magic;
  auto file_version = in.get_number<std::uint32_t>();
  in.get_number<std::uint32_t>();
  auto body_bytes = in.get_number<std::uint64_t>();
  auto check = in.get_number<std::uint32_t>();
  if (!ours || in.failed()) return damaged(path, "does not begin as one");
  if (in.bytes_left() != body_bytes) {
    return damaged(path, "should go on for " + std::to_string(body_bytes) + " bytes and has " +
                             std::to_string(in.bytes_left()));
  }
  std::string_view body = bytes.substr(checked_header_bytes + sizeof check);
  if (check != extend_crc32c(crc32c(bytes.substr(0, checked_header_bytes)), body)) {
    return damaged(path, "does not hold what was written");
  }
  if (file_version > version) {
    return Status(ErrorCode::unsupported, "checkpoint of version " + std::to_string(file_version) +
                                              ", this program reads up to " +
                                              std::to_string(version) + ": " + path);
  }
  Epoch epoch;
  epoch.number = in.get_number<std::uint64_t>();
  epoch.metadata = in.get_text();
  for (auto count = in.get_length(); count > 0 && !in.failed(); --count) {
    CheckpointFile file;
    file.key = in.get_text();
    file.name = in.get_text();
    file.size_bytes = in.get_number<std::uint64_t>();
    file.crc32c = in.get_number<std::uint32_t>();
    // No other name may be read, or removed, by what a manifest says.
    if (!data_number_of(file.name)) in.fail();
    epoch.files.push_back(std::move(file));
  }
  if (in.failed() || in.bytes_left() > 0) return damaged(path, "has a form that can't be");
  if (epoch.number != number) {
    return damaged(path, "is of epoch " + std::to_string(epoch.number));
  }
  return epoch;
}

}  // namespace thalweg::manifests
