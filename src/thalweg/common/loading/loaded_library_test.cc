// SPDX-License-Identifier: Apache-2.0
#include "thalweg/common/loading/loaded_library.h"

#include <gtest/gtest.h>

namespace thalweg {
namespace {

TEST(LoadedLibraryTest, SaysWhichLibraryIsMissingAndWhatToDo) {
  auto symbol = loaded_symbol("nonesuch", "thalweg_make_file_system");

  ASSERT_FALSE(symbol.ok());
  EXPECT_EQ(symbol.status().code(), ErrorCode::unsupported);
  std::string message(symbol.status().message());
  EXPECT_TRUE(message.starts_with("Thalweg's library for nonesuch can't be loaded: ")) << message;
  EXPECT_NE(message.find("/libthalweg_nonesuch.so: "), std::string::npos) << message;
  EXPECT_TRUE(
      message.ends_with("; install what it needs, or build Thalweg where that is installed"))
      << message;
}

TEST(LoadedLibraryTest, HasNoFileSystemForASchemeThatNoLibraryHas) {
  auto system = loaded_file_system("gopher");

  ASSERT_TRUE(system.ok());
  EXPECT_EQ(system.value(), nullptr);
}

}  // namespace
}  // namespace thalweg
