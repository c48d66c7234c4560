// SPDX-License-Identifier: Apache-2.0
#include "thalweg/columnar/formats/parquet_reader.h"

#include <algorithm>
#include <utility>

#include "thalweg/common/loading/loaded_library.h"

namespace thalweg {
namespace {

Result<void*> opening_symbol() { return loaded_symbol("parquet", "thalweg_open_parquet"); }

}  // namespace

Result<std::unique_ptr<ParquetReader>> open_parquet(std::shared_ptr<ReadableFile> file,
                                                    std::string name, const Schema& wanted) {
  THALWEG_TRY_ASSIGN(void* symbol, opening_symbol());
  std::unique_ptr<ParquetReader> opened;
  THALWEG_TRY(
      reinterpret_cast<OpenParquet>(symbol)(std::move(file), std::move(name), wanted, &opened));
  return opened;
}

bool blames_file(const Status& status) {
  return status.code() == ErrorCode::data_loss || status.code() == ErrorCode::invalid_argument ||
         status.code() == ErrorCode::unsupported;
}

Status check_parquet() { return opening_symbol().status(); }

std::vector<int> groups_between(const ParquetReader& reader, std::uint64_t size_bytes,
                                std::uint64_t begin, std::uint64_t end) {
  // A damaged file may say that a group has less than nothing.
  auto bytes_of = [&](int group) {
    return static_cast<double>(std::max<std::int64_t>(reader.group_bytes(group), 0));
  };
  double all = 0;
  for (int group = 0; group < reader.group_count(); ++group) all += bytes_of(group);
  std::vector<int> groups;
  double before = 0;
  for (int group = 0; group < reader.group_count(); ++group) {
    double share = all > 0 ? (before + bytes_of(group) / 2) / all : 0;
    before += bytes_of(group);
    auto middle = static_cast<std::uint64_t>(share * static_cast<double>(size_bytes));
    // Empty groups at the end have their middle behind the last byte.
    middle = std::min(middle, std::max<std::uint64_t>(size_bytes, 1) - 1);
    if (middle >= begin && middle < end) groups.push_back(group);
  }
  return groups;
}

}  // namespace thalweg
