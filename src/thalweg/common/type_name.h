// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <typeinfo>

namespace thalweg {

/// A type as people write it: "std::pair<int, double>". The same in every run of one build.
std::string type_name(const std::type_info& type);

}  // namespace thalweg
