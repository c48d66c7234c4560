// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

#include "bindings/objects/gil.h"
#include "thalweg/common/virtual_clock.h"
#include "thalweg/rdd/context.h"
#include "thalweg/runtime/session.h"

namespace thalweg::python {

/// A session as Python holds it: its threads end without the interpreter lock, which their tasks
/// may be waiting for.
class PySession {
 public:
  explicit PySession(Session session) : session_(std::move(session)) {}
  PySession(const PySession&) = delete;
  PySession& operator=(const PySession&) = delete;
  ~PySession() {
    if (!interpreter_runs()) {
      // Its threads may be waiting for the lock: they are not waited for.
      new Session(*session_);
      return;
    }
    GilRelease no_gil;
    session_.reset();
  }

  [[nodiscard]] const Session& session() const { return *session_; }
  [[nodiscard]] Context context() const { return Context(*session_); }

 private:
  std::optional<Session> session_;
};

}  // namespace thalweg::python
