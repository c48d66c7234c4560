// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/files/reading/follow_position.h"

#include <charconv>

namespace thalweg::files {

Position to_position(const FollowPosition& place) {
  return {"offset=" + std::to_string(place.offset) + (place.from_begin ? ";anew" : "") +
          (place.over ? ";over" : "")};
}

Result<FollowPosition> follow_position_of(const Position& position) {
  FollowPosition place;
  std::string_view text = position.text;
  if (text.empty()) return place;
  auto take = [&](std::string_view word) {
    bool there = text.starts_with(word);
    if (there) text.remove_prefix(word.size());
    return there;
  };
  bool well = take("offset=");
  auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), place.offset);
  text.remove_prefix(static_cast<std::size_t>(stopped - text.data()));
  place.from_begin = take(";anew");
  place.over = take(";over");
  if (text.starts_with(";row=")) text = {};
  if (well && error == std::errc() && text.empty()) return place;
  return Status(ErrorCode::data_loss,
                "source files: a place in a file is malformed: " + position.text);
}

}  // namespace thalweg::files
