// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>
#include <functional>
#include <optional>
#include <type_traits>

#include "bindings/objects/py_error.h"

namespace thalweg::python {

/// Runs `work` without the interpreter lock. On Python's main thread `work` runs on a thread of its
/// own meanwhile, so that Ctrl-C is answered: its jobs are stopped, and KeyboardInterrupt thrown.
/// REQUIRES: the lock. Errors: what `work` throws; PyError with what a signal handler raised.
void wait_for(const std::function<void()>& work);

/// The same, for what `work` returns.
template <typename F>
auto result_of(const F& work) {
  using R = std::invoke_result_t<const F&>;
  if constexpr (std::is_void_v<R>) {
    wait_for(work);
  } else {
    std::optional<R> result;
    wait_for([&] { result.emplace(work()); });
    return std::move(*result);
  }
}

/// Asks for signals that came while the interpreter was not running. Throws PyError with what
/// their handlers raised. REQUIRES: the lock.
void check_signals();

}  // namespace thalweg::python
