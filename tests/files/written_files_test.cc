// SPDX-License-Identifier: Apache-2.0
//
// What a stream writes with write_to("files", ...): read back here, and by readers_test.py, which
// knows nothing of Thalweg, from where THALWEG_FILES_DIRECTORY says.
#include <cstdlib>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "thalweg/testing/batches.h"
#include "thalweg/testing/temporary_directory.h"
#include "thalweg/thalweg.h"

namespace thalweg {
namespace {

using Lines = std::vector<std::string>;

struct Visit {
  std::int64_t user = 0;
  double seconds = 0;
  std::string page;
};
THALWEG_FIELDS(Visit, user, seconds, page)

class WrittenFilesTest : public ::testing::TestWithParam<std::string> {
 protected:
  WrittenFilesTest() {
    const char* given = std::getenv("THALWEG_FILES_DIRECTORY");
    root_ = given != nullptr ? given : temporary_.path();
  }

  testing::TemporaryDirectory temporary_;
  std::string root_;
};

TEST_P(WrittenFilesTest, AStreamWritesEachBatchOnce) {
  const std::string& format = GetParam();
  std::string out = join_path(root_, format);
  testing::VirtualStreams streams;
  auto visits = streams.given<Visit>(
      {{{1, 0.5, "home"}, {2, 1.25, "say \"hi\", caf\xC3\xA9"}}, {}, {{3, -2, ""}}});
  try {
    visits.write_to("files", {{"path", out}, {"format", format}});
  } catch (const Error& error) {
    if (error.code() == ErrorCode::unsupported) GTEST_SKIP() << "skipped: " << error.what();
    throw;
  }

  streams.run_batches(3);

  auto failure = streams.failure();
  EXPECT_FALSE(failure) << failure->to_string();
  LocalFileSystem files;
  int parts = 0;
  auto entries = files.list(out);
  ASSERT_TRUE(entries.ok());
  for (const auto& entry : entries.value()) parts += base_name(entry.path).starts_with("part-");
  EXPECT_EQ(parts, 3);
}

INSTANTIATE_TEST_SUITE_P(Formats, WrittenFilesTest,
                         ::testing::Values("text", "json", "csv", "parquet"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace thalweg
