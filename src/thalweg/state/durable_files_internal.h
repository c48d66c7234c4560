// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "thalweg/common/file_system.h"

namespace thalweg {

/// All bytes of a file. Errors: those of the file system.
Result<std::string> read_whole_file(FileSystem& files, const std::string& path);

/// Creates `path` with these bytes, synced; its name lasts once its directory is synced. After a
/// failure there may be a file with a part of them.
Status write_synced_file(FileSystem& files, const std::string& path, std::string_view bytes);

/// Puts these bytes in the place of `path` in one step: under the name "<path>.part", synced, then
/// renamed. The new name lasts once the directory is synced.
Status replace_file(FileSystem& files, const std::string& path, std::string_view bytes);

/// Creates a directory and those above it so that they survive a power cut.
Status make_synced_directories(FileSystem& files, const std::string& path);

/// "-00000000000000000042": a number in a file's name, at a width that sorts.
std::string numbered(std::string_view prefix, std::uint64_t number);

/// The number of a name that numbered(prefix) made, with `suffix` behind; nothing for other names.
std::optional<std::uint64_t> number_of(std::string_view name, std::string_view prefix,
                                       std::string_view suffix = {});

/// What replace_file() appends to the name of a file that is not whole yet.
inline constexpr std::string_view part_suffix = ".part";

}  // namespace thalweg
