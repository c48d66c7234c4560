// SPDX-License-Identifier: Apache-2.0
#include "thalweg/columnar/kernels/text_scan.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "thalweg/columnar/kernels/text_scan_internal.h"
#include "thalweg/common/random.h"

namespace thalweg {
namespace {

using Texts = std::vector<std::string>;

/// Memory whose last byte is followed by a page that nobody may touch.
class GuardedText {
 public:
  GuardedText() {
    page_ = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    void* memory =
        mmap(nullptr, 3 * page_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    EXPECT_NE(memory, MAP_FAILED);
    memory_ = static_cast<char*>(memory);
    EXPECT_EQ(mprotect(memory_, page_, PROT_NONE), 0);
    EXPECT_EQ(mprotect(memory_ + 2 * page_, page_, PROT_NONE), 0);
  }
  GuardedText(const GuardedText&) = delete;
  GuardedText& operator=(const GuardedText&) = delete;
  ~GuardedText() { munmap(memory_, 3 * page_); }

  /// `text`, so that it ends `gap` bytes before the forbidden page.
  std::string_view at_end(std::string_view text, std::size_t gap = 0) {
    char* place = memory_ + 2 * page_ - gap - text.size();
    std::memcpy(place, text.data(), text.size());
    return {place, text.size()};
  }
  /// `text`, right behind the forbidden page before it.
  std::string_view at_begin(std::string_view text) {
    std::memcpy(memory_ + page_, text.data(), text.size());
    return {memory_ + page_, text.size()};
  }

 private:
  std::size_t page_ = 0;
  char* memory_ = nullptr;
};

/// A text of the given bytes, each as likely as the others.
std::string random_text(Random& random, std::size_t size, std::string_view bytes) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) text += bytes[random.below(bytes.size())];
  return text;
}

Texts naive_lines(std::string_view text) {
  Texts lines;
  for (std::size_t end; (end = text.find('\n')) != std::string_view::npos;) {
    std::string line(text.substr(0, end));
    if (!line.empty() && line.back() == '\r') line.pop_back();
    lines.push_back(line);
    text.remove_prefix(end + 1);
  }
  return lines;
}

Texts naive_fields(std::string_view text, char separator) {
  Texts fields(1);
  for (char byte : text) {
    if (byte == separator) {
      fields.emplace_back();
    } else {
      fields.back() += byte;
    }
  }
  if (!text.empty()) {
    while (!fields.empty() && fields.back().empty()) fields.pop_back();
  }
  return fields;
}

Texts all_lines(std::string_view text, std::size_t lines_max) {
  Texts lines;
  std::vector<std::string_view> views(lines_max);
  const char* position = text.data();
  const char* end = text.data() + text.size();
  while (std::size_t count = find_lines(position, end, views.data(), lines_max)) {
    lines.insert(lines.end(), views.begin(), views.begin() + static_cast<std::ptrdiff_t>(count));
  }
  std::size_t last = text.rfind('\n');
  EXPECT_EQ(position - text.data(),
            last == std::string_view::npos ? 0 : static_cast<std::ptrdiff_t>(last + 1));
  return lines;
}

Texts all_fields(std::string_view text, char separator, std::size_t fields_max) {
  Texts fields;
  std::vector<std::string_view> views(fields_max);
  std::size_t offset = 0;
  while (offset != std::string_view::npos) {
    std::size_t count = split_fields(text, separator, offset, views.data(), fields_max);
    EXPECT_TRUE(count == fields_max || offset == std::string_view::npos);
    fields.insert(fields.end(), views.begin(), views.begin() + static_cast<std::ptrdiff_t>(count));
  }
  return fields;
}

constexpr std::size_t sizes_max = 200;

TEST(TextScanTest, FindsTheLinesThatAreComplete) {
  EXPECT_EQ(all_lines("one\ntwo\r\n\n\r\nrest", 8), (Texts{"one", "two", "", ""}));
  EXPECT_EQ(all_lines("a\r\r\nb\rc\n", 8), (Texts{"a\r", "b\rc"}));
  EXPECT_EQ(all_lines("", 8), Texts{});
}

TEST(TextScanTest, StopsAtTheLinesAskedFor) {
  std::string_view text = "a\nb\nc\n";
  std::string_view lines[2];
  const char* position = text.data();

  EXPECT_EQ(find_lines(position, text.data() + text.size(), lines, 2), 2U);
  EXPECT_EQ(lines[1], "b");
  EXPECT_EQ(position, text.data() + 4);
}

TEST(TextScanTest, FindsTheLinesOfAnyText) {
  Random random(1);
  GuardedText guarded;
  for (std::size_t size = 0; size <= sizes_max; ++size) {
    for (std::string_view bytes : {"\n\r", "abcdefg\n\r", "abcdefghijklmnopqrstuvwxyz012345\n"}) {
      std::string text = random_text(random, size, bytes);
      Texts expected = naive_lines(text);
      for (std::size_t gap = 0; gap < 66; gap += gap < 4 ? 1 : 7) {
        EXPECT_EQ(all_lines(guarded.at_end(text, gap), 1 + random.below(70)), expected);
      }
      EXPECT_EQ(all_lines(guarded.at_begin(text), 1024), expected);
    }
  }
}

TEST(TextScanTest, CountsNewlines) {
  Random random(2);
  GuardedText guarded;
  for (std::size_t size = 0; size <= sizes_max; ++size) {
    std::string_view text = guarded.at_end(random_text(random, size, "a\n"), random.below(40));
    EXPECT_EQ(count_newlines(text.data(), text.data() + text.size()),
              static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')));
  }
  std::string many(1'000'003, '\n');
  EXPECT_EQ(count_newlines(many.data(), many.data() + many.size()), many.size());
}

TEST(TextScanTest, FindsBytesInAnyText) {
  Random random(3);
  GuardedText guarded;
  for (std::size_t size = 0; size <= sizes_max; ++size) {
    for (std::size_t round = 0; round < 40; ++round) {
      std::string text = random_text(random, size, round % 2 == 0 ? "ab" : "abcdefgh");
      std::string needle = random_text(random, random.below(round < 20 ? 5 : 40), "ab");
      if (round % 4 == 3 && size > 0) {
        std::size_t from = random.below(size);
        needle = text.substr(from, random.below(size - from + 1));
      }
      std::string_view placed = guarded.at_end(text, random.below(70));
      const char* end = placed.data() + placed.size();
      std::size_t expected = text.find(needle);

      EXPECT_EQ(find_bytes(placed.data(), end, needle),
                expected == std::string::npos ? end : placed.data() + expected);
      EXPECT_EQ(contains_bytes(placed, needle), expected != std::string::npos);
    }
  }
}

TEST(TextScanTest, FindsNothingInManyNearMisses) {
  std::string text(100'000, 'a');
  std::string needle = std::string(500, 'a') + 'b' + std::string(500, 'a');
  EXPECT_FALSE(contains_bytes(text, needle));
  text.replace(90'000, needle.size(), needle);
  EXPECT_EQ(find_bytes(text.data(), text.data() + text.size(), needle), text.data() + 90'000);
}

TEST(TextScanTest, SplitsAsScalaDoes) {
  EXPECT_EQ(all_fields("a,,b,,", ',', 8), (Texts{"a", "", "b"}));
  EXPECT_EQ(all_fields(",a", ',', 8), (Texts{"", "a"}));
  EXPECT_EQ(all_fields(",", ',', 8), Texts{});
  EXPECT_EQ(all_fields("", ',', 8), Texts{""});
  EXPECT_EQ(all_fields("one", ',', 8), Texts{"one"});
  EXPECT_EQ(all_fields(std::string_view("a\0b", 3), '\0', 8), (Texts{"a", "b"}));
}

TEST(TextScanTest, SplitsAnyText) {
  Random random(4);
  GuardedText guarded;
  for (std::size_t size = 0; size <= sizes_max; ++size) {
    for (std::string_view bytes : {" ", "a ", "abcdefg ", "abcdefghijklmnopqrstuvwxyz012345 "}) {
      std::string text = random_text(random, size, bytes);
      Texts expected = naive_fields(text, ' ');
      for (std::size_t gap = 0; gap < 66; gap += gap < 4 ? 1 : 7) {
        EXPECT_EQ(all_fields(guarded.at_end(text, gap), ' ', 1 + random.below(90)), expected);
      }
      EXPECT_EQ(all_fields(guarded.at_begin(text), ' ', 1024), expected);
    }
  }
}

TEST(TextScanTest, ThePortableVersionFindsTheSame) {
  Random random(5);
  for (std::size_t size = 1; size <= sizes_max; ++size) {
    std::string text = random_text(random, size, "ab \n\r") + "a";
    const char* position = text.data();
    const char* end = text.data() + text.size();
    std::vector<std::string_view> views(512);
    std::size_t count = portable_text_scan.find_lines(position, end, views.data(), 512);
    EXPECT_EQ(Texts(views.begin(), views.begin() + static_cast<std::ptrdiff_t>(count)),
              naive_lines(text));
    EXPECT_EQ(portable_text_scan.count_newlines(text.data(), end), count);
    EXPECT_EQ(portable_text_scan.find_bytes(text.data(), end, "ab"),
              find_bytes(text.data(), end, "ab"));
    std::size_t offset = 0;
    count = portable_text_scan.split_fields(text, ' ', offset, views.data(), 512);
    EXPECT_EQ(offset, std::string_view::npos);
    EXPECT_EQ(Texts(views.begin(), views.begin() + static_cast<std::ptrdiff_t>(count)),
              naive_fields(text, ' '));
  }
}

}  // namespace
}  // namespace thalweg
