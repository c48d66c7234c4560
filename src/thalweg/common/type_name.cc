// SPDX-License-Identifier: Apache-2.0
#include "thalweg/common/type_name.h"

#include <cxxabi.h>

#include <cstdlib>

namespace thalweg {

std::string type_name(const std::type_info& type) {
  int status = 0;
  char* name = abi::__cxa_demangle(type.name(), nullptr, nullptr, &status);
  std::string text = name != nullptr ? name : type.name();
  std::free(name);
  return text;
}

}  // namespace thalweg
