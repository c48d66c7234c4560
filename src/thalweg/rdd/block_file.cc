// SPDX-License-Identifier: Apache-2.0
#include "thalweg/rdd/block_file.h"

#include "thalweg/common/bytes/codec.h"
#include "thalweg/common/hash.h"

namespace thalweg {
namespace {

constexpr std::string_view magic = "THWGOBJ1";
constexpr std::uint32_t version = 1;
constexpr std::size_t header_bytes = 8 + 4 + 4 + 8 + 8;

}  // namespace

Status write_block_file(FileSystem& files, const std::string& path, std::string_view records) {
  Encoder header;
  header.put_bytes(magic);
  header.put_number<std::uint32_t>(version);
  header.put_number<std::uint32_t>(0);  // Flags: none yet.
  header.put_number<std::uint64_t>(records.size());
  header.put_number<std::uint64_t>(hash_bytes(records));
  std::string part = path + ".part";
  THALWEG_TRY_ASSIGN(auto file, files.open_write(part));
  THALWEG_TRY(file->append(header.bytes()));
  THALWEG_TRY(file->append(records));
  THALWEG_TRY(file->sync());
  THALWEG_TRY(file->close());
  return files.rename(part, path);
}

Result<std::string> read_block_file(FileSystem& files, const std::string& path) {
  THALWEG_TRY_ASSIGN(auto file, files.open_read(path));
  std::string bytes(header_bytes, '\0');
  THALWEG_TRY_ASSIGN(auto got, file->read_at(0, bytes.data(), header_bytes));
  bytes.resize(got);
  Decoder header(bytes);
  bool ours = header.get_bytes(magic.size()) == magic;
  auto file_version = header.get_number<std::uint32_t>();
  header.get_number<std::uint32_t>();
  auto size = header.get_number<std::uint64_t>();
  auto hash = header.get_number<std::uint64_t>();
  if (!ours || header.failed()) {
    return Status(ErrorCode::data_loss, "not an object file of Thalweg, or cut short: " + path);
  }
  if (file_version > version) {
    return Status(ErrorCode::unsupported, "object file of version " + std::to_string(file_version) +
                                              ", this program reads up to " +
                                              std::to_string(version) + ": " + path);
  }
  THALWEG_TRY_ASSIGN(auto file_bytes, file->size_bytes());
  std::string records(std::min(size, file_bytes), '\0');
  THALWEG_TRY_ASSIGN(auto read, file->read_at(header_bytes, records.data(), records.size()));
  records.resize(read);
  if (read != size || hash_bytes(records) != hash) {
    return Status(ErrorCode::data_loss, "object file does not hold what was written: " + path);
  }
  return records;
}

}  // namespace thalweg
