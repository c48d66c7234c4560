// SPDX-License-Identifier: Apache-2.0
#include "thalweg/dstream/nodes/planned_source.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "thalweg/common/bytes/codec.h"
#include "thalweg/common/log.h"
#include "thalweg/common/text.h"

namespace thalweg {
namespace {

constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();
/// Rows of a batch beyond this are as good as no limit.
constexpr double rows_max_counted = 1e15;

std::optional<double> take_number(OptionTexts& options, const Connector& connector,
                                  const std::string& name) {
  auto entry = options.find(name);
  if (entry == options.end()) return std::nullopt;
  auto is_name = [&](const OptionSpec& spec) { return spec.name == name; };
  if (std::any_of(connector.options.begin(), connector.options.end(), is_name)) {
    return std::nullopt;
  }
  double number = 0;
  const char* end = entry->second.data() + entry->second.size();
  auto [stopped, error] = std::from_chars(entry->second.data(), end, number);
  if (error != std::errc() || stopped != end || !(number > 0) || !std::isfinite(number)) {
    throw Error(ErrorCode::invalid_argument,
                "option \"" + name + "\" must be a number above 0: got " + excerpt(entry->second));
  }
  options.erase(entry);
  return number;
}

std::optional<std::int64_t> to_count(std::optional<double> number) {
  if (!number) return std::nullopt;
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(std::min(*number, rows_max_counted)));
}

std::string checked_name(const std::string& connector, const OptionTexts& options) {
  const Connector* found = value_or_throw(find_connector(connector));
  std::string given =
      value_or_throw(Options::check(connector, found->options, options)).given_to_string();
  return given.empty() ? connector : connector + " " + given;
}

}  // namespace

PlanLimits PlanLimits::take_from(OptionTexts& options, std::string_view connector) {
  const Connector& own = *value_or_throw(find_connector(connector));
  PlanLimits limits;
  limits.partition_rate_max = take_number(options, own, "maxRatePerPartition");
  limits.rows_max = to_count(take_number(options, own, "maxRecordsPerTrigger"));
  if (auto rows = to_count(take_number(options, own, "maxOffsetsPerTrigger")))
    limits.rows_max = rows;
  limits.bytes_max = to_count(take_number(options, own, "maxBytesPerTrigger"));
  return limits;
}

PlannedSource::PlannedSource(StreamGraph& graph, std::int64_t stream_id, std::string connector,
                             OptionTexts options, Schema wanted, std::shared_ptr<RateLimit> rate)
    : graph_(graph),
      stream_id_(stream_id),
      interval_(graph.batch_interval()),
      limits_(PlanLimits::take_from(options, connector)),
      name_(checked_name(connector, options)),
      rate_(std::move(rate)),
      session_(graph.context().session()),
      wanted_(std::move(wanted)) {
  ConnectorContext context{session_->clock, session_->memory, session_->files, stop_.get_token(),
                           &wanted_};
  source_ = value_or_throw(make_source(connector, options, context));
  if (!source_->replayable()) {
    throw Error(ErrorCode::unsupported,
                "connector " + connector +
                    " can't be read twice, so its batches can't be planned; use stream() instead "
                    "of direct_stream()");
  }
}

PlannedSource::~PlannedSource() { stop_.request_stop(); }

void PlannedSource::begin_batch(Time time) {
  std::lock_guard asking(source_mutex_);
  BatchPlan plan;
  {
    std::lock_guard lock(mutex_);
    if (plans_.contains(time)) return;
    plan = last_;
  }
  begin_where_it_ended(plan);
  BatchPlan nothing = plan;
  bool caught_up = false;
  Time now = session_->clock.monotonic();
  if (!ask_again_at_ || now >= *ask_again_at_) {
    ask_again_at_.reset();
    Status made = make_plan(plan, caught_up);
    if (made.ok()) {
      said_.clear();
    } else {
      plan = std::move(nothing);
      caught_up = false;
      if (made.code() == ErrorCode::unavailable) {
        ask_again_at_ = session_->clock.monotonic() + source_->retry_wait();
        note_unavailable(made);
      } else {
        plan.failure = made.within("source " + name_);
      }
    }
  }
  std::lock_guard lock(mutex_);
  note_finished(time, plan);
  last_ = plan;
  plans_[time] = std::move(plan);
  caught_up_ = caught_up;
}

void PlannedSource::begin_where_it_ended(BatchPlan& plan) {
  plan.failure = {};
  plan.records = 0;
  plan.lags.clear();
  std::erase_if(plan.ranges, [&](const SourceRange& range) {
    return source_->is_finished(range.partition, range.until);
  });
  for (auto& range : plan.ranges) range.from = range.until;
}

void PlannedSource::note_finished(Time time, const BatchPlan& plan) {
  std::size_t left_out = 0;
  for (const auto& range : plan.ranges) {
    if (!source_->is_finished(range.partition, range.until)) continue;
    if (finished_.size() < finished_waiting_max) {
      finished_.push_back({time, range.partition, range.until});
    } else if (++left_out == 1) {
      log(LogLevel::warning,
          "source " + name_ + ": " + std::to_string(finished_waiting_max) +
              " partitions that were read to their end wait for a checkpoint; from " +
              range.partition.text +
              " on the source is not told that they may be forgotten, so cleanSource leaves such "
              "files where they are; make checkpoints more often");
    }
  }
  if (left_out > 0) {
    log(LogLevel::warning, "source " + name_ + ": batch " + to_string(time) + " has " +
                               std::to_string(left_out) + " such partitions");
  }
}

Status PlannedSource::make_plan(BatchPlan& plan, bool& caught_up) {
  THALWEG_TRY_ASSIGN(Discovered found, source_->discover(plan.resume));
  plan.resume = std::move(found.resume);
  for (auto& partition : found.partitions) plan.ranges.push_back({std::move(partition), {}, {}});
  bool counts = true;
  THALWEG_TRY_ASSIGN(auto shares, shares_of(plan.ranges, counts));
  if (!counts) plan.records.reset();
  caught_up = true;
  for (std::size_t i = 0; i < plan.ranges.size(); ++i) {
    SourceRange& range = plan.ranges[i];
    THALWEG_TRY(plan_partition(range, shares[i], plan));
    if (!note_lag(range, plan)) caught_up = false;
  }
  log_lags(plan);
  return {};
}

bool PlannedSource::note_lag(const SourceRange& range, BatchPlan& plan) {
  auto latest = source_->latest(range.partition);
  // Without a word of what there is, a batch without rows says that there was nothing.
  if (!latest.ok()) return range.from == range.until;
  auto waiting = source_->rows_between(range.partition, range.until, latest.value());
  if (!waiting.ok()) return false;
  auto rows_since = [&](const Position& seen) {
    auto rows = source_->rows_between(range.partition, range.until, seen);
    return rows.ok() ? rows.value() : 0;
  };
  Duration time =
      lag_times_.note(range.partition, session_->clock.monotonic(), latest.value(), rows_since);
  plan.lags.push_back({stream_id_, range.partition.text, waiting.value(), time});
  return waiting.value() == 0;
}

void PlannedSource::log_lags(const BatchPlan& plan) const {
  std::int64_t records = 0;
  Duration time{0};
  for (const auto& lag : plan.lags) {
    records += lag.records;
    time = std::max(time, lag.time);
  }
  if (records == 0) return;
  // A line a batch, and there may be a thousand a second. Who watches has it from BatchReport.
  log(LogLevel::debug, "source " + name_ + " is behind by " + std::to_string(records) +
                           " records, " + to_string(time) + ", in " +
                           std::to_string(plan.lags.size()) + " partitions");
}

Status PlannedSource::plan_partition(SourceRange& range, std::size_t rows_max, BatchPlan& plan) {
  std::size_t bytes = limits_.bytes_max ? static_cast<std::size_t>(*limits_.bytes_max) /
                                              std::max<std::size_t>(plan.ranges.size(), 1)
                                        : no_limit;
  THALWEG_TRY_ASSIGN(range.until, source_->plan(range.partition, range.from, rows_max,
                                                std::max<std::size_t>(bytes, 1)));
  if (!plan.records) return {};
  THALWEG_TRY_ASSIGN(std::int64_t rows,
                     source_->rows_between(range.partition, range.from, range.until));
  *plan.records += rows;
  return {};
}

Result<std::vector<std::size_t>> PlannedSource::shares_of(const std::vector<SourceRange>& ranges,
                                                          bool& counts) {
  double seconds = static_cast<double>(interval_.count()) / 1e6;
  double rows_max = rate_->rate() * seconds;
  if (limits_.rows_max) rows_max = std::min(rows_max, static_cast<double>(*limits_.rows_max));
  double each_max = limits_.partition_rate_max ? *limits_.partition_rate_max * seconds
                                               : std::numeric_limits<double>::infinity();
  std::vector<double> waiting;
  double sum = 0;
  for (const auto& range : ranges) {
    auto latest = source_->latest(range.partition);
    auto rows = latest.ok() ? source_->rows_between(range.partition, range.from, latest.value())
                            : Result<std::int64_t>(latest.status());
    if (!rows.ok() && rows.status().code() != ErrorCode::unsupported) return rows.status();
    counts = counts && rows.ok();
    waiting.push_back(rows.ok() ? static_cast<double>(rows.value()) : 0);
    sum += waiting.back();
  }
  std::vector<std::size_t> shares;
  for (double rows : waiting) {
    double part = counts && sum > 0 ? rows / sum : 1.0 / static_cast<double>(ranges.size());
    double share = std::min(std::isfinite(rows_max) ? rows_max * part : rows_max, each_max);
    shares.push_back(share >= rows_max_counted
                         ? no_limit
                         : static_cast<std::size_t>(std::max(std::floor(share), 1.0)));
  }
  return shares;
}

void PlannedSource::note_unavailable(const Status& failure) {
  std::string message(failure.message());
  if (message == said_) return;
  said_ = message;
  log(LogLevel::warning, message + "; its batches have no rows until it answers");
  ReceiverReport report{stream_id_, name_, true, std::move(message)};
  graph_.listeners().post([&](StreamingListener& listener) { listener.on_receiver_error(report); });
}

Result<std::vector<SourceRange>> PlannedSource::ranges_of(Time time) const {
  std::lock_guard lock(mutex_);
  auto plan = plans_.find(time);
  if (plan == plans_.end()) return std::vector<SourceRange>();
  if (!plan->second.failure.ok()) return plan->second.failure;
  return plan->second.ranges;
}

std::optional<std::int64_t> PlannedSource::records_of(Time time) const {
  std::lock_guard lock(mutex_);
  auto plan = plans_.find(time);
  return plan == plans_.end() ? std::nullopt : plan->second.records;
}

std::vector<PartitionLag> PlannedSource::lags_of(Time time) const {
  std::lock_guard lock(mutex_);
  auto plan = plans_.find(time);
  return plan == plans_.end() ? std::vector<PartitionLag>() : plan->second.lags;
}

bool PlannedSource::caught_up() const {
  std::lock_guard lock(mutex_);
  return caught_up_;
}

std::string PlannedSource::plan_of(Time time) const {
  std::lock_guard lock(mutex_);
  auto plan = plans_.find(time);
  if (plan == plans_.end() || plan->second.resume.empty()) return {};
  Encoder out;
  out.put_text(plan->second.resume);
  out.put_length(plan->second.ranges.size());
  for (const auto& range : plan->second.ranges) {
    out.put_text(range.partition.text);
    out.put_text(range.from.text);
    out.put_text(range.until.text);
  }
  return out.take();
}

Status PlannedSource::restore(Time time, std::string_view bytes) {
  Decoder in(bytes);
  BatchPlan plan;
  plan.resume = in.get_text();
  std::uint64_t count = in.get_length();
  for (std::uint64_t i = 0; i < count && !in.failed(); ++i) {
    SourceRange range;
    range.partition.text = in.get_text();
    range.from.text = in.get_text();
    range.until.text = in.get_text();
    plan.ranges.push_back(std::move(range));
  }
  if (in.failed() || in.bytes_left() != 0) {
    return {ErrorCode::data_loss, "the ranges of batch " + to_string(time) + " are malformed"};
  }
  std::vector<Partition> partitions;
  for (const auto& range : plan.ranges) partitions.push_back(range.partition);
  std::lock_guard asking(source_mutex_);
  THALWEG_TRY(source_->recall(partitions, plan.resume).within("source " + name_));
  std::lock_guard lock(mutex_);
  note_finished(time, plan);
  last_ = plan;
  plans_[time] = std::move(plan);
  return {};
}

std::string PlannedSource::memory_of(Time time) {
  std::string resume;
  {
    std::lock_guard lock(mutex_);
    auto plan = plans_.find(time);
    if (plan == plans_.end()) return {};
    resume = plan->second.resume;
  }
  std::lock_guard asking(source_mutex_);
  return source_->memory(resume);
}

Status PlannedSource::restore_memory(std::string_view memory) {
  std::lock_guard asking(source_mutex_);
  return source_->restore(memory).within("source " + name_);
}

void PlannedSource::forget_before(Time time) {
  std::lock_guard lock(mutex_);
  // A checkpoint settles its batch when it is written, and later batches run meanwhile.
  auto end = plans_.lower_bound(std::min(time, settled_ + Duration(1)));
  auto kept = static_cast<std::size_t>(std::distance(end, plans_.end()));
  for (; kept > unsettled_plans_max && end->first < time; --kept) ++end;
  plans_.erase(plans_.begin(), end);
  forgotten_before_ = std::max(forgotten_before_, time);
}

void PlannedSource::release_before(Time time) {
  std::lock_guard lock(mutex_);
  restarts_at_ = time;
}

void PlannedSource::settled(Time time) {
  Status told = acknowledge(time);
  if (told.ok()) return;
  log(LogLevel::warning, std::string(told.message()) + "; nothing of the query depends on it");
}

Status PlannedSource::acknowledge(Time time) {
  std::vector<SourceRange> ranges;
  std::vector<FinishedRange> finished;
  {
    std::lock_guard lock(mutex_);
    auto plan = plans_.find(time);
    if (plan != plans_.end()) ranges = plan->second.ranges;
    auto kept = std::find_if(finished_.begin(), finished_.end(), [&](const FinishedRange& range) {
      return range.batch >= released_before_;
    });
    finished.assign(std::make_move_iterator(finished_.begin()), std::make_move_iterator(kept));
    finished_.erase(finished_.begin(), kept);
    // A checkpoint later: the one before this stays readable, and needs its batches.
    released_before_ = std::min(forgotten_before_, restarts_at_.value_or(forgotten_before_));
    settled_ = std::max(settled_, time);
  }
  Status first;
  for (const auto& range : ranges) {
    std::lock_guard asking(source_mutex_);
    if (range.until.text.empty() || source_->is_finished(range.partition, range.until)) continue;
    THALWEG_TRY(source_->acknowledge(range.partition, range.until));
  }
  for (const auto& range : finished) {
    // One by one: each may be a request, and batches are planned in between.
    std::lock_guard asking(source_mutex_);
    Status told = source_->acknowledge(range.partition, range.until);
    if (first.ok()) first = std::move(told);
  }
  return first;
}

Result<std::unique_ptr<PartitionReader>> PlannedSource::open(const SourceRange& range,
                                                             const Position& from) {
  std::lock_guard asking(source_mutex_);
  THALWEG_TRY_ASSIGN(auto reader, source_->open(range.partition, from));
  THALWEG_TRY(reader->stop_at(range.until));
  return reader;
}

Duration PlannedSource::retry_wait() const {
  std::lock_guard asking(source_mutex_);
  return source_->retry_wait();
}

}  // namespace thalweg
