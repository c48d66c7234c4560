// SPDX-License-Identifier: Apache-2.0
#pragma once

// Places at which tests let the process die, and bugs that tests plant. Both are there only where
// THALWEG_TORTURE is defined (tests/recovery/), and cost nothing elsewhere.

#if defined(THALWEG_TORTURE)
namespace thalweg {

/// Kills the process with SIGKILL at the n-th visit of the point that THALWEG_KILL="name:n" names.
/// Writes the point's name, once, to the file that THALWEG_KILL_POINTS names.
/// Thread safety: may be called concurrently.
void kill_point(const char* name);

/// True where THALWEG_CANARY is `name`: then the code does something wrong on purpose.
bool canary(const char* name);

}  // namespace thalweg
#define THALWEG_KILL_POINT(name) ::thalweg::kill_point(name)
#define THALWEG_CANARY(name) ::thalweg::canary(name)
#else
#define THALWEG_KILL_POINT(name) static_cast<void>(0)
#define THALWEG_CANARY(name) false
#endif
