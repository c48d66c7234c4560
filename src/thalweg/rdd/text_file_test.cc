// SPDX-License-Identifier: Apache-2.0
#include "thalweg/rdd/nodes/text_file.h"

#include <algorithm>
#include <atomic>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "thalweg/columnar/long_line.h"
#include "thalweg/common/random.h"
#include "thalweg/rdd/context.h"
#include "thalweg/testing/error_of.h"
#include "thalweg/testing/memory_files.h"
#include "thalweg/testing/temporary_directory.h"

namespace thalweg {
namespace {

using testing::error_of;
using testing::MemoryFiles;
using testing::TemporaryDirectory;
using Lines = std::vector<std::string>;

/// A session that reads files from memory.
struct Fixture {
  explicit Fixture(SessionOptions options = {}) : session("local[2]", "test", options) {
    session.files().add("memory", files);
  }

  /// The file's lines, read in splits that end at the given bytes.
  RDD<std::string_view> in_splits(const std::vector<std::uint64_t>& ends) {
    std::vector<FileSplit> splits;
    std::uint64_t begin = 0;
    for (std::uint64_t end : ends) {
      splits.push_back({{files, "f"}, "memory://f", begin, end});
      begin = end;
    }
    return RDD<std::string_view>(make_node<TextFileNode>(session.state(), splits));
  }
  Lines lines_of(std::string bytes) {
    std::uint64_t size = bytes.size();
    files->files["f"] = std::move(bytes);
    return in_splits({size}).collect();
  }

  std::shared_ptr<MemoryFiles> files = std::make_shared<MemoryFiles>();
  Session session;
  Context context{session};
};

TEST(TextFileTest, HandsOutLinesWithoutTheirEnds) {
  Fixture given;

  EXPECT_EQ(given.lines_of("one\ntwo\n"), (Lines{"one", "two"}));
  EXPECT_EQ(given.lines_of("one\r\ntwo\r\n"), (Lines{"one", "two"}));
  EXPECT_EQ(given.lines_of("one\ntwo"), (Lines{"one", "two"}));
  EXPECT_EQ(given.lines_of("one\r\ntwo\r"), (Lines{"one", "two"}));
  EXPECT_EQ(given.lines_of("\n\n"), (Lines{"", ""}));
  EXPECT_EQ(given.lines_of("\r\n\n"), (Lines{"", ""}));
  EXPECT_EQ(given.lines_of("\rone\r\r\n"), (Lines{"\rone\r"}));
  EXPECT_EQ(given.lines_of(""), (Lines{}));
}

TEST(TextFileTest, LeavesBytesThatAreNotUtf8Unchanged) {
  Fixture given;

  EXPECT_EQ(given.lines_of("\xFF\xFE\n\0\x80 caf\xE9\n"), (Lines{"\xFF\xFE"}));
  EXPECT_EQ(given.lines_of(std::string("a\0b\n\x80 caf\xE9\n", 11)),
            (Lines{std::string("a\0b", 3), "\x80 caf\xE9"}));
}

TEST(TextFileTest, HandsOutEachLineOnceHoweverTheFileIsSplit) {
  for (std::string bytes : {"one\n\nthree\r\n\r\nfive", "\na\n", "\r\n", "x", "no end\nof line"}) {
    Fixture given;
    Lines expected = given.lines_of(bytes);
    for (std::uint64_t first = 0; first <= bytes.size(); ++first) {
      for (std::uint64_t second = first; second <= bytes.size(); ++second) {
        EXPECT_EQ(given.in_splits({first, second, bytes.size()}).collect(), expected)
            << bytes << " cut at " << first << " and " << second;
      }
    }
  }
}

/// Lines of all lengths, with and without \r, over several of the blocks that are read at once.
std::string long_text(std::uint64_t seed, std::size_t bytes_min) {
  Random random(seed);
  std::string text;
  while (text.size() < bytes_min) {
    std::size_t size = random.below(100) == 0 ? random.below(50'000) : random.below(120);
    for (std::size_t i = 0; i < size; ++i) text += static_cast<char>('a' + random.below(6));
    text += random.below(4) == 0 ? "\r\n" : "\n";
  }
  return text;
}

Lines naive_lines(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.emplace_back(line);
    text.remove_prefix(end + 1);
  }
  return lines;
}

TEST(TextFileTest, ReadsFilesOfManyBlocks) {
  Fixture given;
  std::string text = long_text(1, 1'500'000);
  given.files->files["f"] = text;

  auto in_one = given.in_splits({text.size()}).collect();
  auto in_four = given.in_splits({262'144, 262'145, 700'001, text.size()}).collect();

  EXPECT_EQ(in_one, naive_lines(text));
  EXPECT_EQ(in_four, in_one);
}

TEST(TextFileTest, FindsWithContainsWhatAFilterFinds) {
  Fixture given;
  Random random(5);
  std::string text = long_text(2, 600'000);
  given.files->files["f"] = text;
  auto lines = given.in_splits({100'000, 400'003, text.size()});

  for (std::string wanted : {"abc", "fedcba", "a", "aaaaaaa", "zzz", "", "\r", "a\nb"}) {
    auto plain = lines.filter(
        [=](std::string_view line) { return line.find(wanted) != std::string_view::npos; });
    EXPECT_EQ(lines.filter(contains(wanted)).collect(), plain.collect()) << wanted;
  }
  auto mapped = lines.map([](std::string_view line) { return line.substr(0, 1); });
  EXPECT_EQ(mapped.filter(contains("a")).count(),
            mapped.filter([](std::string_view line) { return line == "a"; }).count());
}

TEST(TextFileTest, FindsWithContainsInWhatIsCached) {
  Fixture given;
  given.files->files["f"] = "red\ngreen\nblue\n";
  auto lines = given.in_splits({15});
  lines.cache();
  EXPECT_EQ(lines.count(), 3);

  given.files->files["f"] = "changed\n";

  EXPECT_EQ(lines.filter(contains("re")).collect(), (Lines{"red", "green"}));
}

TEST(TextFileTest, SetsLinesAsideThatAreTooLong) {
  for (std::size_t length : {21U, 1000U, 300'000U, 1'000'000U}) {
    Fixture given({.line_bytes_max = 20});
    std::string longest(length, 'x');
    std::string just_right(20, 'y');
    std::string text = "one\n" + longest + "\ntwo\n" + just_right + "\n" + longest;
    given.files->files["f"] = text;

    // The second split begins within the long line.
    EXPECT_EQ(given.in_splits({6, text.size()}).collect(), (Lines{"one", "two", just_right}));

    auto letters = given.session.dead_letters().latest();
    ASSERT_EQ(letters.size(), 2U) << length;
    std::sort(letters.begin(), letters.end(),
              [](const auto& a, const auto& b) { return a.position.size() < b.position.size(); });
    EXPECT_EQ(letters[0].source, "memory://f");
    EXPECT_EQ(letters[0].position, "offset=4");
    EXPECT_TRUE(letters[0].reason.starts_with(
        "line is longer than 20 bytes (\"line_bytes_max\"): it has " + std::to_string(length)))
        << letters[0].reason;
    EXPECT_EQ(letters[0].bytes, longest.substr(0, LongLine::dead_letter_bytes_max));
    EXPECT_EQ(letters[1].position, "offset=" + std::to_string(4 + length + 1 + 4 + 21));
    EXPECT_EQ(letters[1].bytes, longest.substr(0, LongLine::dead_letter_bytes_max));
  }
}

TEST(TextFileTest, TheReturnOfALinesEndIsNoneOfItsBytes) {
  // The block that is read at once ends before, in and behind the line's end.
  for (std::size_t before : {0U, 262'140U, 262'141U, 262'142U, 262'143U, 262'144U}) {
    Fixture given({.line_bytes_max = 3});
    std::string text;
    while (text.size() + 2 <= before) text += "a\n";
    text += std::string(before - text.size(), '\n') + "yyy\r\nxxxx\r\nyyy\r";
    std::size_t split = before + 2;
    given.files->files["f"] = text;

    auto lines = given.in_splits({split, text.size()}).collect();

    EXPECT_EQ(std::count(lines.begin(), lines.end(), "yyy"), 2) << before;
    auto letters = given.session.dead_letters().latest();
    ASSERT_EQ(letters.size(), 1U) << before;
    EXPECT_EQ(letters[0].bytes, "xxxx");
    EXPECT_EQ(letters[0].reason, "line is longer than 3 bytes (\"line_bytes_max\"): it has 4");
  }
}

TEST(TextFileTest, TellsParsersWhereALineLay) {
  Fixture given;
  given.files->files["f"] = "1\ntwo\n3\n";

  auto numbers = given.in_splits({3, 8}).parse([](std::string_view line) -> Parsed<int> {
    if (line.size() > 1) return Unparsed{"not a digit"};
    return line[0] - '0';
  });

  EXPECT_EQ(numbers.collect(), (std::vector<int>{1, 3}));
  auto letters = given.session.dead_letters().latest();
  ASSERT_EQ(letters.size(), 1U);
  EXPECT_EQ(letters[0].source, "memory://f");
  EXPECT_EQ(letters[0].position, "offset=2");
  EXPECT_EQ(letters[0].reason, "not a digit");
  EXPECT_EQ(letters[0].bytes, "two");
}

TEST(TextFileTest, EndsWhereAFileThatShrinksEnds) {
  Fixture given;
  std::string text = long_text(3, 1'000'000);
  given.files->files["f"] = text;
  std::string shrunk = text.substr(0, 262'144);
  given.files->before_read = [&](const std::string&, std::uint64_t offset) {
    if (offset > 0) given.files->files["f"] = shrunk;
    return Status();
  };

  auto lines = given.in_splits({text.size()}).collect();

  EXPECT_EQ(lines, naive_lines(shrunk + "\n"));
}

TEST(TextFileTest, ReadsAFileADirectoryAGlobOrSeveral) {
  Session session("local[2]");
  Context context(session);
  TemporaryDirectory directory;
  directory.write("in/a.log", "a1\na2\n");
  directory.write("in/b.log", "b1\n");
  directory.write("in/c.txt", "c1\n");
  directory.write("in/.hidden", "no\n");
  directory.write("in/_SUCCESS", "no\n");
  directory.write("in/deeper/d.log", "no\n");
  directory.write("in/empty.log", "");
  auto read = [&](const std::string& path) { return context.text_file(path).collect(); };

  EXPECT_EQ(read(directory.path("in/a.log")), (Lines{"a1", "a2"}));
  EXPECT_EQ(read("file://" + directory.path("in/a.log")), (Lines{"a1", "a2"}));
  EXPECT_EQ(read(directory.path("in")), (Lines{"a1", "a2", "b1", "c1"}));
  EXPECT_EQ(read(directory.path("in/*.log")), (Lines{"a1", "a2", "b1"}));
  EXPECT_EQ(read(directory.path("in/c.txt") + "," + directory.path("in/b.log")),
            (Lines{"c1", "b1"}));
  EXPECT_EQ(read(directory.path("in/empty.log")), (Lines{}));
}

TEST(TextFileTest, DividesALargeFileIntoTheParts) {
  Fixture given;
  given.files->files["f"] = long_text(4, 1'000'000);
  given.files->files["small"] = "one\ntwo\n";

  EXPECT_EQ(given.context.text_file("memory://f", 4).partition_count(), 4);
  EXPECT_EQ(given.context.text_file("memory://small", 4).partition_count(), 1);
  EXPECT_EQ(given.context.text_file("memory://f", 4).collect(),
            naive_lines(given.files->files["f"]));
}

/// printf 'one\ntwo\nthree\n' | gzip -n
std::string gzip_of_three_lines() {
  return {
      "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\xcf\x4b\xe5\x2a\x29\xcf\xe7\x2a\xc9"
      "\x28\x4a\x4d\xe5\x02\x00\xb6\xd5\xe6\x25\x0e\x00\x00\x00",
      34};
}

TEST(TextFileTest, ReadsCompressedFilesByNameOrByTheirFirstBytes) {
  Fixture given;
  for (const char* name : {"f.gz", "f"}) {
    given.files->files[name] = gzip_of_three_lines();
    std::string address = std::string("memory://") + name;

    EXPECT_EQ(given.context.text_file(address, 4).collect(), (Lines{"one", "two", "three"}));
    EXPECT_EQ(given.context.text_file(address).filter(contains("t")).count(), 2);
  }
  EXPECT_EQ(given.session.dead_letters().count(), 0);
}

TEST(TextFileTest, DoesNotDivideACompressedFile) {
  Fixture given;
  given.files->files["f"] = gzip_of_three_lines() + std::string(1'000'000, 'x');
  given.files->files["f.zst"] = std::string(1'000'000, 'x');

  EXPECT_EQ(given.context.text_file("memory://f", 4).partition_count(), 1);
  EXPECT_EQ(given.context.text_file("memory://f.zst", 4).partition_count(), 1);
}

TEST(TextFileTest, SetsAsideWhatACorruptFileHasBehindItsGoodLines) {
  Fixture given;
  std::string whole = gzip_of_three_lines();
  given.files->files["f.gz"] = whole.substr(0, whole.size() - 9);

  auto lines = given.context.text_file("memory://f.gz").collect();

  auto letters = given.session.dead_letters().latest();
  ASSERT_EQ(letters.size(), 1U);
  EXPECT_EQ(letters[0].source, "memory://f.gz");
  EXPECT_EQ(letters[0].reason, "gzip: the file ends in the middle, at byte " +
                                   std::to_string(whole.size() - 9) + " of the compressed file");
  std::string read;
  for (const auto& line : lines) read += line + "\n";
  EXPECT_EQ(letters[0].position, "offset=" + std::to_string(read.size()));
  EXPECT_TRUE(std::string("one\ntwo\nthree\n").starts_with(read + letters[0].bytes));
}

TEST(TextFileTest, RefusesAPathWhereNothingIs) {
  Session session("local[2]");
  Context context(session);
  TemporaryDirectory directory;

  EXPECT_EQ(error_of([&] { (void)context.text_file(directory.path("none*")); }),
            "not_found: text_file: no file matches: " + directory.path("none*"));
  std::string message = error_of([&] { (void)context.text_file(directory.path("none")); });
  EXPECT_TRUE(message.starts_with("not_found: text_file: ")) << message;
  EXPECT_NE(message.find(directory.path("none")), std::string::npos) << message;
  EXPECT_TRUE(error_of([&] {
                (void)context.text_file("gopher://a/b");
              }).starts_with("unsupported: text_file: "));
}

TEST(TextFileTest, FailsWhenAFileVanishedBeforeItWasRead) {
  Fixture given;
  given.files->files["f"] = "one\n";
  auto lines = given.context.text_file("memory://f");

  given.files->files.clear();

  EXPECT_EQ(error_of([&] { (void)lines.count(); }), "not_found: partition 0: text_file (rdd " +
                                                        std::to_string(lines.id().value) +
                                                        "): no such file: f");
}

TEST(TextFileTest, TriesAgainWhileAFileIsUnavailable) {
  Fixture given;
  given.files->files["f"] = "one\ntwo\n";
  std::atomic<int> failures{3};
  given.files->before_read = [&](const std::string&, std::uint64_t) {
    return failures-- > 0 ? Status(ErrorCode::unavailable, "f: try later") : Status();
  };
  auto lines = given.context.text_file("memory://f");

  EXPECT_EQ(lines.collect(), (Lines{"one", "two"}));
  failures = 4;
  EXPECT_EQ(error_of([&] { (void)lines.collect(); }),
            "unavailable: partition 0: text_file (rdd 0): f: try later; tried 4 times");
}

}  // namespace
}  // namespace thalweg
