// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <utility>

namespace thalweg {

/// A std::shared_ptr<Base> that is known to point at a T, or at nothing: one type of pointer of the
/// standard library, which is some twenty functions, for many types of things.
///
/// Thread safety: that of std::shared_ptr.
template <typename T, typename Base>
class SharedAs {
 public:
  SharedAs() = default;
  /// REQUIRES: `pointer` is null or points at a T.
  explicit SharedAs(std::shared_ptr<Base> pointer) : pointer_(std::move(pointer)) {
    static_assert(std::derived_from<T, Base>);
  }

  operator const std::shared_ptr<Base>&() const { return pointer_; }
  T& operator*() const { return static_cast<T&>(*pointer_); }
  T* operator->() const { return get(); }
  [[nodiscard]] T* get() const { return static_cast<T*>(pointer_.get()); }
  bool operator==(std::nullptr_t) const { return pointer_ == nullptr; }

 private:
  std::shared_ptr<Base> pointer_;
};

}  // namespace thalweg
