// SPDX-License-Identifier: Apache-2.0
#include "thalweg/rdd/outside/whole_files.h"

#include <memory>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "thalweg/testing/error_of.h"
#include "thalweg/testing/memory_files.h"
#include "thalweg/testing/temporary_directory.h"

namespace thalweg {
namespace {

using ::testing::ElementsAre;
using testing::error_of;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

/// "hello\n" as gzip writes it.
const std::string gzip_of_hello{
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\x48\xcd\xc9\xc9\xe7\x02\x00\x20\x30\x3a\x36\x06"
    "\x00\x00\x00",
    26};

class WholeFilesTest : public ::testing::Test {
 protected:
  WholeFilesTest() { session_.files().add("memory", files_); }

  std::shared_ptr<testing::MemoryFiles> files_ = std::make_shared<testing::MemoryFiles>();
  Session session_{"local[2]", "test"};
  Context context_{session_};
};

TEST_F(WholeFilesTest, AreRowsOfAnAddressAndAllThatIsInTheFile) {
  testing::TemporaryDirectory directory;
  std::string b = directory.write("b.txt", "three\r\n\xff");
  std::string a = directory.write("a.txt", "one\ntwo\n");
  directory.write("_hidden", "no row");
  std::string empty = directory.write("empty", "");

  EXPECT_THAT(whole_text_files(context_, directory.path()).collect(),
              ElementsAre(Pair(a, "one\ntwo\n"), Pair(b, "three\r\n\xff"), Pair(empty, "")));
  EXPECT_THAT(binary_files(context_, "file://" + a).collect(),
              ElementsAre(Pair("file://" + a, "one\ntwo\n")));
}

TEST_F(WholeFilesTest, AreReadFromAnyFileSystemAndLargerThanABlock) {
  std::string large(3'000'001, 'x');
  large.back() = 'y';
  files_->files["f/large"] = large;

  auto rows = binary_files(context_, "memory://f/large").collect();

  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].first, "memory://f/large");
  EXPECT_TRUE(rows[0].second == large);
  EXPECT_EQ(session_.memory().used_bytes(), 0) << "what was read is given back";
}

TEST_F(WholeFilesTest, AreDecompressedAsTextOnly) {
  files_->files["f.gz"] = gzip_of_hello;

  EXPECT_THAT(whole_text_files(context_, "memory://f.gz").values().collect(),
              ElementsAre("hello\n"));
  EXPECT_THAT(binary_files(context_, "memory://f.gz").values().collect(),
              ElementsAre(gzip_of_hello));
}

TEST_F(WholeFilesTest, ThatAreCorruptAreDeadLetters) {
  files_->files["d/bad.gz"] = gzip_of_hello.substr(0, 16);
  files_->files["d/good"] = "good";

  EXPECT_THAT(whole_text_files(context_, "memory://d").collect(),
              ElementsAre(Pair("memory://d/good", "good")));

  EXPECT_EQ(session_.dead_letters().count(), 1);
  EXPECT_EQ(session_.dead_letters().latest().front().source, "memory://d/bad.gz");
}

TEST_F(WholeFilesTest, ArePackedIntoPartitionsBySize) {
  for (char name : std::string("abcdef")) files_->files["d/" + std::string(1, name)] = "12345";
  files_->files["d/g"] = std::string(30, 'x');

  auto parts = binary_files(context_, "memory://d", 4).values().glom().collect();

  EXPECT_THAT(parts, ElementsAre(ElementsAre("12345", "12345", "12345"),
                                 ElementsAre("12345", "12345", "12345"),
                                 ElementsAre(std::string(30, 'x'))));
  EXPECT_EQ(binary_files(context_, "memory://d", 100).partition_count(), 7);
}

TEST_F(WholeFilesTest, ThatAreEmptyShareAPartition) {
  for (char name : std::string("abc")) files_->files["d/" + std::string(1, name)] = "";
  files_->directories.insert("none");

  EXPECT_EQ(whole_text_files(context_, "memory://d").partition_count(), 1);
  EXPECT_THAT(whole_text_files(context_, "memory://none").collect(), IsEmpty());
}

TEST_F(WholeFilesTest, AreReadAgainWhereTheyCouldNotBeReadAtFirst) {
  files_->files["f"] = "text";
  int failures = 2;
  files_->before_read = [&](const std::string& path, std::uint64_t) -> Status {
    if (failures-- > 0) return {ErrorCode::unavailable, "no answer for " + path};
    return {};
  };

  EXPECT_THAT(whole_text_files(context_, "memory://f").values().collect(), ElementsAre("text"));
}

TEST_F(WholeFilesTest, ThatAreMissingAreNamed) {
  EXPECT_THAT(error_of([&] { (void)whole_text_files(context_, "memory://none"); }),
              AllOf(HasSubstr("not_found"), HasSubstr("whole_text_files"), HasSubstr("none")));

  files_->files["f"] = "text";
  auto rows = binary_files(context_, "memory://f");
  files_->files.clear();

  EXPECT_THAT(error_of([&] { (void)rows.count(); }),
              AllOf(HasSubstr("not_found"), HasSubstr("binary_files"), HasSubstr("f")));
  EXPECT_THAT(error_of([&] { (void)binary_files(context_, "memory://f", -1); }),
              HasSubstr("got -1"));
}

}  // namespace
}  // namespace thalweg
