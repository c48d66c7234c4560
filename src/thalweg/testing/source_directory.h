// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace thalweg {

/// Where the checkout is that the tests were built from: a function, so that what is compiled does
/// not depend on it and a compiler cache serves several checkouts.
std::string source_directory();

}  // namespace thalweg
