// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/rate/source.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "thalweg/columnar/column.h"
#include "thalweg/common/hash.h"

namespace thalweg::rate {
namespace {

constexpr std::int64_t micros_per_second = 1'000'000;
constexpr std::int64_t endless = std::numeric_limits<std::int64_t>::max();

/// What the numbers are, without how far anyone has read. Row r of partition p of n is the number
/// p + r * n, and number v comes at start + v / rows_per_second.
struct Series {
  Time start;
  std::int64_t rows_per_second = 1;
  std::int64_t row_count = endless;
  std::int64_t partition = 0;
  std::int64_t partition_count = 1;

  [[nodiscard]] std::int64_t value(std::int64_t row) const {
    return partition + row * partition_count;
  }
  [[nodiscard]] Time time(std::int64_t row) const {
    auto micros = static_cast<Uint128>(value(row)) * micros_per_second /
                  static_cast<std::uint64_t>(rows_per_second);
    return start + Duration(static_cast<std::int64_t>(micros));
  }
  /// How many rows this partition ever has.
  [[nodiscard]] std::int64_t rows_in_all() const {
    if (row_count <= partition) return 0;
    return (row_count - partition - 1) / partition_count + 1;
  }
  /// How many rows have come by `now`.
  [[nodiscard]] std::int64_t rows_due(Time now) const {
    if (now < time(0)) return 0;
    // Number v has come when v * 1 s < (passed + 1) * rate: its time is rounded down.
    auto passed = static_cast<Uint128>((now - start).count()) + 1;
    auto numbers = (passed * static_cast<std::uint64_t>(rows_per_second) - 1) / micros_per_second;
    auto rows = (numbers - static_cast<std::uint64_t>(partition)) /
                    static_cast<std::uint64_t>(partition_count) +
                1;
    return static_cast<std::int64_t>(
        std::min<Uint128>(rows, static_cast<std::uint64_t>(rows_in_all())));
  }
};

/// The number behind "key=" in "a=1;key=2".
std::optional<std::int64_t> number_in(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    std::string_view part = text.substr(0, text.find(';'));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    if (!part.starts_with(key) || !part.substr(key.size()).starts_with('=')) continue;
    std::string_view digits = part.substr(key.size() + 1);
    std::int64_t number = 0;
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error == std::errc() && end == digits.data() + digits.size()) return number;
  }
  return std::nullopt;
}

Position position_of(std::int64_t row) { return {"row=" + std::to_string(row)}; }

Result<std::int64_t> row_of(const Position& position) {
  if (position.text.empty()) return std::int64_t{0};
  std::optional<std::int64_t> row = number_in(position.text, "row");
  if (!row || *row < 0) {
    return Status(ErrorCode::invalid_argument, "source rate: position is not of this source: \"" +
                                                   position.text + "\"; it looks like \"row=42\"");
  }
  return *row;
}

class RateReader final : public PartitionReader {
 public:
  RateReader(Series series, std::int64_t row, const ConnectorContext& context)
      : series_(series), row_(row), end_(series.rows_in_all()), context_(context) {}

  Result<Polled> poll(std::size_t rows_max, Duration wait) override {
    if (context_.stop.stop_requested()) return cancelled();
    if (finished()) return Polled();
    Clock& clock = context_.clock;
    Time now = clock.now();
    if (std::int64_t due = series_.rows_due(now); due <= row_ && wait.count() > 0) {
      if (!clock.wait_until(std::min(series_.time(row_), now + wait), context_.stop)) {
        return cancelled();
      }
      now = clock.now();
    }
    std::int64_t until = std::min(series_.rows_due(now), end_);
    if (until - row_ > static_cast<std::int64_t>(rows_max)) {
      until = row_ + static_cast<std::int64_t>(rows_max);
    }
    if (until <= row_) return Polled();
    return rows_until(until);
  }

  Position position() const override { return position_of(row_); }
  bool finished() const override { return row_ >= end_; }

  Status stop_at(const Position& end) override {
    THALWEG_TRY_ASSIGN(std::int64_t row, row_of(end));
    end_ = std::min(end_, row);
    return {};
  }

 private:
  static Status cancelled() { return {ErrorCode::cancelled, "source rate: stopped"}; }

  Result<Polled> rows_until(std::int64_t until) {
    std::vector<ColumnBuilder> columns;
    columns.emplace_back(Field{"timestamp", Type::timestamp_us});
    columns.emplace_back(Field{"value", Type::int64});
    for (; row_ < until; ++row_) {
      columns[0].append_integer(series_.time(row_).micros());
      columns[1].append_integer(series_.value(row_));
    }
    THALWEG_TRY_ASSIGN(Batch batch, build_batch(std::move(columns)));
    return Polled{std::move(batch), {}};
  }

  const Series series_;
  std::int64_t row_;
  std::int64_t end_;
  const ConnectorContext context_;
};

class RateSource final : public Source {
 public:
  RateSource(const Options& options, const ConnectorContext& context) : context_(context) {
    series_.rows_per_second = options.integer("rows_per_second");
    series_.partition_count = options.integer("partitions");
    if (std::int64_t rows = options.integer("row_count"); rows > 0) series_.row_count = rows;
  }

  Result<Discovered> discover(std::string_view resume) override {
    // The start is part of what is resumed: the same numbers come at the same times again.
    if (!resume.empty()) return Discovered{{}, std::string(resume)};
    std::string start = "start_us=" + std::to_string(context_.clock.now().micros());
    Discovered found{{}, start};
    for (std::int64_t i = 0; i < series_.partition_count; ++i) {
      found.partitions.push_back({start + ";index=" + std::to_string(i)});
    }
    return found;
  }

  Result<std::unique_ptr<PartitionReader>> open(const Partition& partition,
                                                const Position& from) override {
    THALWEG_TRY_ASSIGN(Series series, series_of(partition));
    THALWEG_TRY_ASSIGN(std::int64_t row, row_of(from));
    return std::unique_ptr<PartitionReader>(std::make_unique<RateReader>(series, row, context_));
  }

  Result<Position> plan(const Partition& partition, const Position& from, std::size_t rows_max,
                        std::size_t bytes_max) override {
    THALWEG_TRY_ASSIGN(Series series, series_of(partition));
    THALWEG_TRY_ASSIGN(std::int64_t row, row_of(from));
    std::int64_t due = std::max(row, series.rows_due(context_.clock.now()));
    std::size_t rows = std::min(rows_max, bytes_max / (2 * sizeof(std::int64_t)));
    rows = std::min(rows, static_cast<std::size_t>(due - row));
    return position_of(row + static_cast<std::int64_t>(rows));
  }

  Result<Position> latest(const Partition& partition) override {
    THALWEG_TRY_ASSIGN(Series series, series_of(partition));
    return position_of(series.rows_due(context_.clock.now()));
  }

  Result<std::int64_t> rows_between(const Partition&, const Position& from,
                                    const Position& until) override {
    THALWEG_TRY_ASSIGN(std::int64_t first, row_of(from));
    THALWEG_TRY_ASSIGN(std::int64_t end, row_of(until));
    return std::max<std::int64_t>(end - first, 0);
  }

  bool replayable() const override { return true; }

 private:
  Result<Series> series_of(const Partition& partition) const {
    std::optional<std::int64_t> start = number_in(partition.text, "start_us");
    std::optional<std::int64_t> index = number_in(partition.text, "index");
    if (!start || !index || *index < 0 || *index >= series_.partition_count) {
      return Status(ErrorCode::invalid_argument,
                    "source rate: partition is not of this source: \"" + partition.text +
                        "\"; it has indexes 0 to " + std::to_string(series_.partition_count - 1));
    }
    Series series = series_;
    series.start = Time::from_micros(*start);
    series.partition = *index;
    return series;
  }

  Series series_;
  const ConnectorContext context_;
};

}  // namespace

std::unique_ptr<Source> make_source(const Options& options, const ConnectorContext& context) {
  return std::make_unique<RateSource>(options, context);
}

}  // namespace thalweg::rate
