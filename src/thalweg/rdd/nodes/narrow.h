// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include "thalweg/rdd/node.h"

namespace thalweg {

/// A node whose partition i is made from partition i of one parent.
template <typename T, typename U>
class NarrowNode : public RddNode<U> {
 protected:
  NarrowNode(const NodePointer<T>& parent, std::string_view kind)
      : RddNode<U>(parent, kind), parent_(*parent) {}

  RddNode<T>& parent() const { return parent_; }

 private:
  RddNode<T>& parent_;  ///< Kept alive by the dependency; not touched once that is cut.
};

}  // namespace thalweg
