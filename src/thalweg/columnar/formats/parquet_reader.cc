// SPDX-License-Identifier: Apache-2.0
#include "thalweg/columnar/formats/parquet_reader.h"

#include <utility>

#include "thalweg/common/loading/loaded_library.h"

namespace thalweg {

Result<std::unique_ptr<ParquetReader>> open_parquet(std::shared_ptr<ReadableFile> file,
                                                    std::string name, const Schema& wanted) {
  THALWEG_TRY_ASSIGN(void* symbol, loaded_symbol("parquet", "thalweg_open_parquet"));
  std::unique_ptr<ParquetReader> opened;
  THALWEG_TRY(
      reinterpret_cast<OpenParquet>(symbol)(std::move(file), std::move(name), wanted, &opened));
  return opened;
}

}  // namespace thalweg
