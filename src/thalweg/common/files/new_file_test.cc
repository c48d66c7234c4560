// SPDX-License-Identifier: Apache-2.0
#include "thalweg/common/files/new_file.h"

#include <gtest/gtest.h>

#include "thalweg/testing/temporary_directory.h"

namespace thalweg {
namespace {

TEST(NewFileTest, IsCreatedOnlyWhereNobodyElseDid) {
  testing::TemporaryDirectory directory;
  LocalFileSystem files;
  std::string path = directory.path("f");

  EXPECT_TRUE(files.create_if_absent(path, "one").ok());
  EXPECT_TRUE(files.create_if_absent(path, "one").ok()) << "tried again";
  Status refused = files.create_if_absent(path, "on");

  EXPECT_EQ(refused.to_string(),
            "invalid_argument: file is there already: " + path +
                " (another program wrote it; stop one of the two, or give each its own directory)");
  EXPECT_EQ(directory.read("f"), "one");
  EXPECT_EQ(files.list(parent_path(path)).value().size(), 1U) << "a draft is left behind";
}

}  // namespace
}  // namespace thalweg
