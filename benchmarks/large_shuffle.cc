// SPDX-License-Identifier: Apache-2.0
//
// A sort, or a group_by_key, of far more than memory, and whether the answer is exact.
//
//     large_shuffle sort|group [LIMIT_MIB=1024] [GIB=10] [PARTITIONS]
//
// Makes GIB of rows of 256 bytes (key, number, and text made of the number) and sorts them by a key
// in random order, or groups them by a key that 64 rows each have, in a session of LIMIT_MIB. Every
// byte of every row is compared with what it must be, the order of rows, or of a group's values,
// checked, and counts and checksums held against those of a loop without the engine. Prints peak
// resident memory beyond what the idle process had, spilled bytes and seconds; ends with 1 where
// the answer is wrong or memory was not kept within the limit and a quarter.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "process_memory.h"
#include <thalweg/thalweg.h>

using namespace thalweg;

namespace {

using Value = std::pair<std::int64_t, std::string>;  // A row's number and its text.
using Row = std::pair<std::int64_t, Value>;

constexpr std::int64_t row_bytes = 256;
constexpr std::int64_t text_bytes = row_bytes - 2 * sizeof(std::int64_t);
constexpr std::int64_t rows_in_group = 64;
/// Partitions are so many times smaller than the limit.
constexpr std::int64_t parts_of_limit = 16;

/// One to one, and without any order.
std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}

std::string text_of(std::int64_t number) {
  std::string text(text_bytes, 'x');
  auto next = static_cast<std::uint64_t>(number);
  for (std::size_t at = 0; at + sizeof next <= text.size(); at += sizeof next) {
    next = mixed(next + at + 1);
    text.replace(at, sizeof next, reinterpret_cast<const char*>(&next), sizeof next);
  }
  return text;
}

/// Of a row with its place in mind.
std::uint64_t checksum_of(std::int64_t key, std::int64_t number) {
  return mixed(static_cast<std::uint64_t>(key) * 31 + static_cast<std::uint64_t>(number));
}

/// What a partition had, and whether it was in order.
struct Found {
  std::int64_t rows = 0;
  std::int64_t groups = 0;
  std::int64_t wrong = 0;
  std::uint64_t checksum = 0;
  std::int64_t first = 0;
  std::int64_t last = 0;

  void add(std::int64_t key, const Value& value) {
    if (value.second != text_of(value.first)) ++wrong;
    checksum += checksum_of(key, value.first);
    ++rows;
  }
};

RDD<Row> make_rows(const Context& context, std::int64_t rows, bool sorting, int partitions) {
  const std::int64_t groups = rows / rows_in_group;
  return context.range(0, rows, 1, partitions).map([=](std::int64_t number) {
    std::int64_t key = sorting
                           ? static_cast<std::int64_t>(mixed(static_cast<std::uint64_t>(number)))
                           : number % groups;
    return Row(key, Value(number, text_of(number)));
  });
}

/// Each partition looked at by itself, in order.
std::vector<Found> sort(const RDD<Row>& rows, int partitions) {
  return rows.sort_by([](const Row& row) { return row.first; }, true, partitions)
      .aggregate(
          std::vector<Found>(),
          [](std::vector<Found> found, const Row& row) {
            if (found.empty()) found.push_back({.first = row.first, .last = row.first});
            Found& part = found.back();
            if (row.first < part.last) ++part.wrong;
            part.last = row.first;
            part.add(row.first, row.second);
            return found;
          },
          [](std::vector<Found> a, const std::vector<Found>& b) {
            a.insert(a.end(), b.begin(), b.end());
            return a;
          });
}

std::vector<Found> group(const RDD<Row>& rows, std::int64_t groups, int partitions) {
  return {rows.group_by_key(partitions)
              .aggregate(
                  Found(),
                  [groups](Found found, const std::pair<std::int64_t, std::vector<Value>>& row) {
                    const auto& [key, values] = row;
                    ++found.groups;
                    // Values come in the order of the map partitions.
                    std::int64_t expected = key;
                    for (const Value& value : values) {
                      if (value.first != expected) ++found.wrong;
                      expected += groups;
                      found.add(key, value);
                    }
                    return found;
                  },
                  [](Found a, const Found& b) {
                    a.rows += b.rows;
                    a.groups += b.groups;
                    a.wrong += b.wrong;
                    a.checksum += b.checksum;
                    return a;
                  })};
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "sort";
  const bool sorting = what == "sort";
  const std::int64_t limit = (argc > 2 ? std::atoll(argv[2]) : 1024) << 20;
  const double gib = argc > 3 ? std::atof(argv[3]) : 10;
  const auto bytes = static_cast<std::int64_t>(gib * (1 << 30));
  const std::int64_t groups = bytes / row_bytes / rows_in_group;
  const std::int64_t rows = groups * rows_in_group;
  const int partitions =
      argc > 4 ? std::atoi(argv[4])
               : static_cast<int>(std::max<std::int64_t>(16, bytes * parts_of_limit / limit));

  SessionOptions options;
  options.memory_bytes_max = limit;
  Session session("local[2]", "large_shuffle", options);
  Context context(session);
  const std::int64_t idle = memory_of_process("VmRSS");

  auto began = std::chrono::steady_clock::now();
  auto made = make_rows(context, rows, sorting, partitions);
  auto parts = sorting ? sort(made, partitions) : group(made, groups, partitions);
  double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  const std::int64_t peak = memory_of_process("VmHWM") - idle;

  Found found;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    found.rows += parts[i].rows;
    found.groups += parts[i].groups;
    found.wrong += parts[i].wrong;
    found.checksum += parts[i].checksum;
    if (i > 0 && parts[i].first < parts[i - 1].last) ++found.wrong;
  }
  std::uint64_t checksum = 0;
  for (std::int64_t number = 0; number < rows; ++number) {
    checksum +=
        checksum_of(sorting ? static_cast<std::int64_t>(mixed(static_cast<std::uint64_t>(number)))
                            : number % groups,
                    number);
  }
  const bool exact = found.rows == rows && found.wrong == 0 && found.checksum == checksum &&
                     (sorting || found.groups == groups);
  const bool within = peak <= limit + limit / 4;
  std::printf("%s: %.1f GiB, %lld rows, %d partitions, a limit of %.0f MiB\n", what.c_str(),
              mib(rows * row_bytes) / 1024, static_cast<long long>(rows), partitions, mib(limit));
  std::printf("answer: %s (%lld wrong, %lld missing)\n", exact ? "exact" : "WRONG",
              static_cast<long long>(found.wrong), static_cast<long long>(rows - found.rows));
  std::printf("peak resident memory beyond idle (%.1f MiB): %.1f MiB, %.0f %% of the limit: %s\n",
              mib(idle), mib(peak), 100 * static_cast<double>(peak) / static_cast<double>(limit),
              within ? "within" : "TOO MUCH");
  std::printf("%.1f s, %.0f MiB spilled\n", seconds, mib(session.spilled_bytes()));
  return exact && within ? 0 : 1;
}
