// SPDX-License-Identifier: Apache-2.0
#include "thalweg/columnar/json/field_order_internal.h"

namespace thalweg {

FieldOrder::FieldOrder(const Schema& wanted, std::optional<std::size_t> left_out) {
  for (std::size_t i = 0; i < wanted.fields.size(); ++i) {
    if (i != left_out) wanted_.push_back({wanted.fields[i].name, i});
  }
}

std::size_t FieldOrder::find(std::string_view name) const {
  for (const auto& wanted : wanted_) {
    if (wanted.name == name) return wanted.column;
  }
  return none;
}

std::size_t FieldOrder::look_up(std::size_t place, std::string_view name) {
  std::size_t column = find(name);
  if (place < seen_.size()) {
    seen_[place] = {std::string(name), column};
  } else if (place == seen_.size() && place < fields_max) {
    seen_.push_back({std::string(name), column});
  }
  return column;
}

}  // namespace thalweg
