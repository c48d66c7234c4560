// SPDX-License-Identifier: Apache-2.0
#include "thalweg/common/file_system.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "thalweg/common/clock.h"
#include "thalweg/common/loading/loaded_library.h"

namespace thalweg {
namespace {

/// A folder of its own for each test, removed behind it.
class FileSystemTest : public ::testing::Test {
 protected:
  FileSystemTest() {
    std::string pattern = ::testing::TempDir() + "thalweg_files_XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~FileSystemTest() override { EXPECT_TRUE(files_.remove(folder_).ok()); }

  std::string path(const std::string& name) { return join_path(folder_, name); }

  void write(const std::string& name, std::string_view bytes) {
    auto file = files_.open_write(path(name));
    ASSERT_TRUE(file.ok()) << file.status().to_string();
    ASSERT_TRUE(file.value()->append(bytes).ok());
    ASSERT_TRUE(file.value()->close().ok());
  }

  std::string read(const std::string& name) {
    auto file = files_.open_read(path(name));
    if (!file.ok()) return file.status().to_string();
    std::string bytes(file.value()->size_bytes().value(), '?');
    bytes.resize(file.value()->read_at(0, bytes.data(), bytes.size()).value());
    return bytes;
  }

  std::vector<std::string> glob(const std::string& pattern) {
    auto found = expand_glob(files_, path(pattern));
    EXPECT_TRUE(found.ok()) << found.status().to_string();
    std::vector<std::string> names;
    for (const auto& name : found.value()) names.push_back(name.substr(folder_.size() + 1));
    return names;
  }

  using Names = std::vector<std::string>;

  LocalFileSystem files_;
  std::string folder_;
};

TEST_F(FileSystemTest, ReadsWhatWasWritten) {
  write("a", std::string("one\0two", 7));
  EXPECT_EQ(read("a"), std::string("one\0two", 7));
  write("a", "new");
  EXPECT_EQ(read("a"), "new");
}

TEST_F(FileSystemTest, AFileIsNoOlderThanItSaysThatItMaySeem) {
  for (int i = 0; i < 200; ++i) {
    const Time before = SystemClock::instance().now();
    write("f", "x");
    ASSERT_GE(files_.describe(path("f")).value().modified, before - files_.modified_lag_max());
  }
}

TEST_F(FileSystemTest, TellsOfNamesThatMatchWhatThereIs) {
  ASSERT_TRUE(files_.make_directories(path("in/sub")).ok());
  write("in/a.csv", "12345");
  write("in/b.txt", "");

  auto found = matching_entries(files_, path("i*/*")).value();

  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].path, path("in/a.csv"));
  EXPECT_EQ(found[0].size_bytes, 5U);
  EXPECT_TRUE(found[2].is_directory);
  EXPECT_EQ(matching_entries(files_, path("in/a.csv")).value()[0].size_bytes, 5U);
  EXPECT_TRUE(matching_entries(files_, path("in/none/a.csv")).value().empty());
}

TEST_F(FileSystemTest, TellsSpecialFilesAndRenamedOnes) {
  write("a", "1");
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  std::string identity = files_.describe(path("a")).value().identity;

  ASSERT_TRUE(files_.rename(path("a"), path("b")).ok());
  write("a", "2");

  EXPECT_EQ(files_.describe(path("b")).value().identity, identity);
  EXPECT_NE(files_.describe(path("a")).value().identity, identity);
  EXPECT_FALSE(files_.describe(path("b")).value().is_special);
  EXPECT_TRUE(files_.describe(path("pipe")).value().is_special);
}

TEST_F(FileSystemTest, ReadsAtAnyPlaceAndNothingBehindTheEnd) {
  write("a", "0123456789");
  auto file = std::move(files_.open_read(path("a"))).value();
  char bytes[8] = {};
  EXPECT_EQ(file->read_at(3, bytes, 4).value(), 4U);
  EXPECT_EQ(std::string(bytes, 4), "3456");
  EXPECT_EQ(file->read_at(8, bytes, 8).value(), 2U);
  EXPECT_EQ(file->read_at(100, bytes, 8).value(), 0U);
}

TEST_F(FileSystemTest, AFileThatShrinksOrVanishesWhileReadEnds) {
  write("a", "0123456789");
  auto file = std::move(files_.open_read(path("a"))).value();
  char bytes[10];
  ASSERT_EQ(::truncate(path("a").c_str(), 4), 0);
  EXPECT_EQ(file->size_bytes().value(), 4U);
  EXPECT_EQ(file->read_at(0, bytes, 10).value(), 4U);
  ASSERT_TRUE(files_.remove(path("a")).ok());
  EXPECT_EQ(file->read_at(0, bytes, 10).value(), 4U);
}

TEST_F(FileSystemTest, SaysWhatIsMissing) {
  EXPECT_EQ(files_.open_read(path("none")).status().to_string(),
            "not_found: file cannot be opened: " + path("none") + " (No such file or directory)");
  EXPECT_EQ(files_.describe(path("none")).status().to_string(),
            "not_found: file not found: " + path("none") + " (No such file or directory)");
  EXPECT_EQ(
      files_.list(path("none")).status().to_string(),
      "not_found: directory cannot be listed: " + path("none") + " (No such file or directory)");
  EXPECT_EQ(
      files_.open_write(path("none/a")).status().to_string(),
      "not_found: file cannot be created: " + path("none/a") + " (No such file or directory)");
}

TEST_F(FileSystemTest, RefusesADirectoryInPlaceOfAFile) {
  EXPECT_EQ(files_.open_read(folder_).status().to_string(),
            "invalid_argument: file cannot be opened: " + folder_ + " (Is a directory)");
}

TEST_F(FileSystemTest, SaysWhatMayNotBeRead) {
  write("a", "x");
  ASSERT_EQ(::chmod(path("a").c_str(), 0), 0);
  ASSERT_EQ(::chmod(folder_.c_str(), 0311), 0);
  constexpr uid_t nobody = 65534;
  uid_t user = ::geteuid();
  if (user == 0 && ::seteuid(nobody) != 0) GTEST_SKIP() << "root may read everything";
  Status file = files_.open_read(path("a")).status();
  Status directory = files_.list(folder_).status();
  ASSERT_EQ(::seteuid(user), 0);
  ASSERT_EQ(::chmod(folder_.c_str(), 0700), 0);
  EXPECT_EQ(file.to_string(),
            "unavailable: file cannot be opened: " + path("a") + " (Permission denied)");
  EXPECT_EQ(directory.to_string(),
            "unavailable: directory cannot be listed: " + folder_ + " (Permission denied)");
}

TEST_F(FileSystemTest, DoesNotHangOnAPipe) {
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  auto file = std::move(files_.open_read(path("pipe"))).value();
  char bytes[4];
  EXPECT_EQ(file->read_at(0, bytes, 4).status().to_string(),
            "unavailable: file cannot be read: " + path("pipe") + " (Illegal seek)");
}

TEST_F(FileSystemTest, ListsADirectorySorted) {
  write("b", "22");
  write("a", "1");
  ASSERT_TRUE(files_.make_directories(path("c")).ok());
  ASSERT_EQ(::symlink("nowhere", path("dangling").c_str()), 0);
  auto entries = files_.list(folder_).value();
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[0].path, path("a"));
  EXPECT_EQ(entries[0].size_bytes, 1U);
  EXPECT_FALSE(entries[0].is_directory);
  EXPECT_GT(entries[0].modified, Time());
  EXPECT_TRUE(entries[2].is_directory);
}

TEST_F(FileSystemTest, RenamesOverWhatIsThere) {
  write("new", "new");
  write("old", "old");
  EXPECT_TRUE(files_.rename(path("new"), path("old")).ok());
  EXPECT_EQ(read("old"), "new");
  EXPECT_EQ(files_.rename(path("new"), path("old")).to_string(),
            "not_found: file cannot be renamed to " + path("old") + ": " + path("new") +
                " (No such file or directory)");
}

TEST_F(FileSystemTest, MakesAndRemovesDirectories) {
  EXPECT_TRUE(files_.make_directories(path("a/b/c")).ok());
  EXPECT_TRUE(files_.make_directories(path("a/b/c/")).ok());
  write("a/b/c/file", "x");
  EXPECT_TRUE(files_.sync_directory(path("a/b")).ok());
  EXPECT_EQ(files_.make_directories(path("a/b/c/file/d")).code(), ErrorCode::not_found);
  EXPECT_FALSE(files_.make_directories(path("a/b/c/file")).ok());
  EXPECT_TRUE(files_.remove(path("a")).ok());
  EXPECT_TRUE(files_.remove(path("a")).ok());
  EXPECT_FALSE(files_.describe(path("a")).ok());
}

TEST_F(FileSystemTest, MakesADirectoryThatOnlyItsUserReads) {
  ASSERT_TRUE(files_.make_private_directory(path("a/b")).ok());

  struct stat info {};
  ASSERT_EQ(::stat(path("a/b").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0700U);
  EXPECT_FALSE(files_.make_private_directory(path("a/b")).ok()) << "it may be another's";
}

TEST_F(FileSystemTest, RemovesALinkAndNotWhatItNames) {
  ASSERT_TRUE(files_.make_directories(path("target")).ok());
  write("target/kept", "x");
  ASSERT_EQ(::symlink(path("target").c_str(), path("link").c_str()), 0);
  EXPECT_TRUE(files_.remove(path("link")).ok());
  EXPECT_EQ(read("target/kept"), "x");
}

TEST_F(FileSystemTest, SyncedBytesAreThere) {
  auto file = std::move(files_.open_write(path("a"))).value();
  ASSERT_TRUE(file->append("one").ok());
  EXPECT_TRUE(file->sync().ok());
  EXPECT_EQ(read("a"), "one");
  EXPECT_TRUE(file->close().ok());
}

TEST_F(FileSystemTest, GlobsWithinEachName) {
  for (const char* name : {"day1", "day2", "night"}) {
    ASSERT_TRUE(files_.make_directories(path(name)).ok());
    write(std::string(name) + "/a.log", "");
    write(std::string(name) + "/b.log", "");
    write(std::string(name) + "/.hidden.log", "");
  }
  write("day3", "a file");
  EXPECT_EQ(glob("day*/a.log"), (Names{"day1/a.log", "day2/a.log"}));
  EXPECT_EQ(glob("day1/*.log"), (Names{"day1/a.log", "day1/b.log"}));
  EXPECT_EQ(glob("day[23]"), (Names{"day2", "day3"}));
  EXPECT_EQ(glob("nigh?/b.*"), (Names{"night/b.log"}));
  EXPECT_EQ(glob("day1/.h*"), (Names{"day1/.hidden.log"}));
  EXPECT_EQ(glob("none*/x"), Names{});
  EXPECT_EQ(glob("no/such/*"), Names{});
  EXPECT_EQ(glob("not there"), (Names{"not there"}));
}

TEST(GlobTest, NoSignMatchesASlash) {
  EXPECT_TRUE(matches_glob("*.log", "a.log"));
  EXPECT_FALSE(matches_glob("*.log", "a/b.log"));
  EXPECT_FALSE(matches_glob("a?b", "a/b"));
  EXPECT_TRUE(matches_glob("[a-c]x", "bx"));
}

TEST(PathTest, JoinsAndCuts) {
  EXPECT_EQ(join_path("/a", "b"), "/a/b");
  EXPECT_EQ(join_path("/a/", "b"), "/a/b");
  EXPECT_EQ(join_path("", "b"), "b");
  EXPECT_EQ(parent_path("/a/b/c"), "/a/b");
  EXPECT_EQ(parent_path("/a"), "/");
  EXPECT_EQ(parent_path("c"), ".");
  EXPECT_EQ(base_name("/a/b/c"), "c");
  EXPECT_EQ(base_name("c"), "c");
}

TEST(FileSystemsTest, FindsTheSystemOfAScheme) {
  FileSystems systems;
  EXPECT_EQ(systems.resolve("/data/a").value().path, "/data/a");
  EXPECT_EQ(systems.resolve("file:///data/a").value().path, "/data/a");
  EXPECT_EQ(systems.resolve("data/a").value().path, "data/a");
  EXPECT_EQ(systems.resolve("gopher://a/b").status().to_string(),
            "unsupported: no file system for \"gopher://\": gopher://a/b; known: file, " +
                std::string(loaded_schemes()));
  auto local = std::make_shared<LocalFileSystem>();
  systems.add("s3", local);
  EXPECT_EQ(systems.resolve("s3://bucket/a").value().system, local);
}

TEST_F(FileSystemTest, AFileIsLockedByOneAtATimeAndSaysByWhom) {
  auto first = files_.lock(path("LOCK"), "the first program");
  ASSERT_TRUE(first.ok()) << first.status().to_string();
  EXPECT_EQ(read("LOCK"), "the first program\n");

  auto second = files_.lock(path("LOCK"), "the second program");
  EXPECT_EQ(second.status().to_string(),
            "unavailable: file is locked: " + path("LOCK") +
                "; held by the first program; stop that program, or use another directory");
  EXPECT_EQ(read("LOCK"), "the first program\n");

  first.value().reset();
  EXPECT_TRUE(files_.lock(path("LOCK"), "third").ok());
  EXPECT_EQ(read("LOCK"), "third\n");
}

TEST_F(FileSystemTest, ALockEndsWithItsProcess) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  pid_t child = ::fork();
  if (child == 0) {
    auto held = files_.lock(path("LOCK"), "the child");
    char done = held.ok() ? '1' : '0';
    if (::write(ready[1], &done, 1) == 1) ::pause();
    ::_exit(1);
  }
  char done = '0';
  ASSERT_EQ(::read(ready[0], &done, 1), 1);
  EXPECT_EQ(done, '1');
  EXPECT_EQ(files_.lock(path("LOCK"), "the parent").status().code(), ErrorCode::unavailable);

  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(files_.lock(path("LOCK"), "the parent").ok());
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_F(FileSystemTest, SaysWhatOthersMayWrite) {
  write("a", "");
  EXPECT_FALSE(files_.describe(path("a")).value().writable_by_others);
  for (mode_t mode : {0620, 0602}) {
    ASSERT_EQ(::chmod(path("a").c_str(), mode), 0);
    EXPECT_TRUE(files_.describe(path("a")).value().writable_by_others);
  }
}

}  // namespace
}  // namespace thalweg
