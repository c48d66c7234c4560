// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "thalweg/rdd/block_file.h"
#include "thalweg/rdd/node.h"
#include "thalweg/rdd/scheduler/job.h"

namespace thalweg {

/// Whether a directory that is there already is in the way.
enum class SaveMode {
  refuse,   ///< An Error, as Spark has it.
  replace,  ///< It goes: for a batch that is run again.
};

/// Writes each partition through `write(partition, path, context)` into `directory`: first under
/// names that nobody reads, then renamed to part-00000 and so on, then the empty file _SUCCESS.
/// Errors: throws Error(invalid_argument) when the directory exists and mode is `refuse`; what the
///         job or the file system report.
void save_partitions(const std::shared_ptr<AnyNode>& node, const std::string& directory,
                     SaveMode mode,
                     const std::function<Status(int partition, FileSystem& files,
                                                const std::string& path, TaskContext&)>& write);

/// The part files of a directory that save_partitions() wrote, in order. Errors: not_found;
/// invalid_argument where there is no _SUCCESS: the writer has not finished.
Result<std::vector<FileLocation>> saved_partitions(const FileSystems& systems,
                                                   const std::string& directory);

/// Writes the rows of a cursor as lines.
template <Record T>
Status write_text(Cursor<T>& rows, FileSystem& files, const std::string& path) {
  THALWEG_TRY_ASSIGN(auto file, files.open_write(path));
  std::string text;
  while (true) {
    THALWEG_TRY_ASSIGN(Chunk<T> chunk, rows.next());
    if (chunk.empty()) break;
    ChunkScope<T> scope;
    text.clear();
    for (std::size_t i = 0; i < chunk.size(); ++i) {
      RecordTraits<T>::print(chunk[i], text);
      text += '\n';
    }
    THALWEG_TRY(file->append(text));
  }
  THALWEG_TRY(file->sync());
  return file->close();
}

/// Writes the rows of a cursor in their byte form.
template <Record T>
Status write_objects(Cursor<T>& rows, FileSystem& files, const std::string& path) {
  RowBlock<T> block;
  THALWEG_TRY(hold_all(rows, block));
  Encoder encoder;
  block.encode(encoder);
  return write_block_file(files, path, encoder.bytes());
}

}  // namespace thalweg
