// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <gtest/gtest.h>

#include "thalweg/testing/batches.h"

namespace thalweg::testing {

/// Makes the sessions of VirtualStreams, as long as it lives, keep states where a test wants them;
/// on disk with so little memory that no state stays in it from batch to batch.
class StateBackendScope {
 public:
  explicit StateBackendScope(StateBackend backend) {
    SessionOptions& options = virtual_session_options();
    options.state_backend = backend;
    options.memory_bytes_max = backend == StateBackend::disk ? 1 : 0;
  }
  StateBackendScope(const StateBackendScope&) = delete;
  StateBackendScope& operator=(const StateBackendScope&) = delete;
  ~StateBackendScope() { virtual_session_options() = SessionOptions(); }
};

/// A suite whose tests run once with each backend:
///
///     class WindowTest : public testing::OnEachStateBackend {};
///     THALWEG_ON_EACH_STATE_BACKEND(WindowTest);
///     TEST_P(WindowTest, ...)
class OnEachStateBackend : public ::testing::TestWithParam<StateBackend> {
 private:
  StateBackendScope scope_{GetParam()};
};

}  // namespace thalweg::testing

#define THALWEG_ON_EACH_STATE_BACKEND(Suite)                                             \
  INSTANTIATE_TEST_SUITE_P(                                                              \
      Backends, Suite,                                                                   \
      ::testing::Values(::thalweg::StateBackend::memory, ::thalweg::StateBackend::disk), \
      [](const auto& info) -> std::string {                                              \
        return info.param == ::thalweg::StateBackend::disk ? "disk" : "memory";          \
      })
