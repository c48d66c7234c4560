// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/files/reading/file_part.h"

#include <charconv>

namespace thalweg::files {
namespace {

/// Takes a number off the front of `text`.
template <typename T>
bool take_number(std::string_view& text, T& out) {
  auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(stopped - text.data()));
  return true;
}

bool take(std::string_view& text, std::string_view expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(expected.size());
  return true;
}

bool read_fields(std::string_view text, FilePart& part) {
  std::int64_t modified = 0;
  if (!take(text, ";size=") || !take_number(text, part.size_bytes)) return false;
  if (!take(text, ";modified=") || !take_number(text, modified)) return false;
  part.modified = Time::from_micros(modified);
  part.end = part.size_bytes;
  if (text.empty()) return true;
  return take(text, ";bytes=") && take_number(text, part.begin) && take(text, "-") &&
         take_number(text, part.end) && text.empty();
}

}  // namespace

Partition to_partition(const FilePart& part) {
  std::string text = part.address + ";size=" + std::to_string(part.size_bytes) +
                     ";modified=" + std::to_string(part.modified.micros());
  if (!part.is_whole()) {
    text += ";bytes=" + std::to_string(part.begin) + "-" + std::to_string(part.end);
  }
  return {std::move(text)};
}

Result<FilePart> file_part_of(const Partition& partition) {
  const std::string& text = partition.text;
  // A name may have the word as well: the last one is ours.
  std::size_t place = text.rfind(";size=");
  FilePart part;
  if (place == std::string::npos || !read_fields(std::string_view(text).substr(place), part)) {
    return Status(ErrorCode::data_loss,
                  "source files: a file of a checkpoint is malformed: " + text);
  }
  part.address = text.substr(0, place);
  return part;
}

Position to_position(std::string_view unit, const RowPlace& place) {
  return {std::string(unit) + "=" + std::to_string(place.unit) +
          ";row=" + std::to_string(place.rows)};
}

Result<RowPlace> row_place_of(std::string_view unit, const Position& position,
                              std::string_view file) {
  RowPlace place;
  if (position.text.empty()) return place;
  std::string_view text = position.text;
  if (take(text, unit) && take(text, "=") && take_number(text, place.unit) && take(text, ";row=") &&
      take_number(text, place.rows) && text.empty()) {
    return place;
  }
  return Status(ErrorCode::data_loss, "source files: a place in " + std::string(file) +
                                          " is malformed: " + position.text);
}

}  // namespace thalweg::files
