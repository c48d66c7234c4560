// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/kafka/source.h"

#include <algorithm>
#include <set>
#include <utility>

#include "thalweg/common/log.h"
#include "thalweg/connectors/kafka/reader_internal.h"
#include "thalweg/connectors/kafka/selection_internal.h"

namespace thalweg::kafka {
namespace {

constexpr std::string_view resume_begin = "known:";

/// How discover() names what it has found: "known:orders/0,orders/1,". Never empty: what comes
/// after it looked once is new.
std::string to_resume(const std::set<PartitionKey>& known) {
  std::string text(resume_begin);
  for (const auto& [topic, number] : known) text += topic + "/" + std::to_string(number) + ",";
  return text;
}

Result<std::set<PartitionKey>> known_in(std::string_view resume) {
  std::set<PartitionKey> known;
  if (resume.starts_with(resume_begin)) resume.remove_prefix(resume_begin.size());
  while (!resume.empty()) {
    std::string_view part = resume.substr(0, resume.find(','));
    resume.remove_prefix(std::min(resume.size(), part.size() + 1));
    std::size_t slash = part.rfind('/');
    std::string digits(slash == part.npos ? "" : part.substr(slash + 1));
    if (digits.empty() || digits.size() > 9 ||
        digits.find_first_not_of("0123456789") != digits.npos) {
      return Status(
          ErrorCode::invalid_argument,
          "source kafka: the partitions of a checkpoint are malformed: " + std::string(part));
    }
    known.emplace(part.substr(0, slash), std::stoi(digits));
  }
  return known;
}

/// Settings of the client that asks, and of those that fetch.
Settings settings_of(const Options& options) {
  Settings settings = options.texts_under("kafka.");
  settings.insert_or_assign("enable.auto.commit", Secret("false"));
  settings.insert_or_assign("enable.auto.offset.store", Secret("false"));
  return settings;
}

Settings fetching_settings(const Options& options) {
  Settings settings = settings_of(options);
  settings.erase("group.id");
  settings.insert_or_assign("enable.partition.eof", Secret("true"));
  // Where records are gone we decide what to do.
  settings.insert_or_assign("auto.offset.reset", Secret("error"));
  settings.emplace("check.crcs", Secret("true"));
  settings.emplace("fetch.wait.max.ms", Secret("100"));
  return settings;
}

class KafkaSource final : public Source {
 public:
  KafkaSource(const Options& options, Selection selection, Start start, ValueFormat values,
              const ConnectorContext& context)
      : selection_(std::move(selection)),
        start_(std::move(start)),
        discovery_interval_(options.millis("partitionDiscoveryMs")),
        reading_{options.boolean("failOnDataLoss"), options.boolean("includeHeaders"),
                 options.millis("kafkaConsumer.pollTimeoutMs"),
                 options.millis("fetchOffset.timeoutMs"), std::move(values)},
        context_(context),
        cluster_(settings_of(options), reading_.timeout),
        fetching_(std::make_shared<Fetching>(fetching_settings(options), context.memory)) {
    fetching_->expect_partitions(1);
  }

  Result<Discovered> discover(std::string_view resume) override {
    THALWEG_TRY_ASSIGN(auto known, known_in(resume));
    Time now = context_.clock.monotonic();
    if (!discovered_ || now - *discovered_ >= discovery_interval_) {
      THALWEG_TRY_ASSIGN(there_, selection_.find(cluster_));
      discovered_ = now;
      fetching_->expect_partitions(there_.size());
      say_if_nothing();
    }
    std::vector<PartitionKey> added;
    std::copy_if(there_.begin(), there_.end(), std::back_inserter(added),
                 [&](const PartitionKey& key) { return !known.contains(key); });
    THALWEG_TRY_ASSIGN(Offsets starts, start_.find(cluster_, added, resume.empty()));
    Discovered found;
    for (const auto& [key, offset] : starts) {
      found.partitions.push_back(to_partition({key.first, key.second, offset}));
      known.insert(key);
    }
    found.resume = to_resume(known);
    THALWEG_TRY_ASSIGN(ends_, cluster_.ends({known.begin(), known.end()}));
    return found;
  }

  Result<Position> plan(const Partition& partition, const Position& from, std::size_t rows_max,
                        std::size_t) override {
    THALWEG_TRY_ASSIGN(TopicPartition place, topic_partition_of(partition));
    THALWEG_TRY_ASSIGN(Offset begin, offset_of(from, place.start));
    THALWEG_TRY_ASSIGN(auto end, end_of(place));
    if (!end) return plan_loss(place, begin.offset, std::nullopt);
    if (*end < begin.offset) return plan_loss(place, begin.offset, end);
    auto there = static_cast<std::size_t>(*end - begin.offset);
    std::size_t rows = std::min(rows_max, there);
    return to_position({begin.offset + static_cast<std::int64_t>(rows)});
  }

  Result<Position> latest(const Partition& partition) override {
    THALWEG_TRY_ASSIGN(TopicPartition place, topic_partition_of(partition));
    THALWEG_TRY_ASSIGN(auto end, end_of(place));
    return to_position({end.value_or(place.start)});
  }

  Result<std::int64_t> rows_between(const Partition& partition, const Position& from,
                                    const Position& until) override {
    THALWEG_TRY_ASSIGN(TopicPartition place, topic_partition_of(partition));
    THALWEG_TRY_ASSIGN(Offset begin, offset_of(from, place.start));
    THALWEG_TRY_ASSIGN(Offset end, offset_of(until, place.start));
    std::int64_t first = end.begin >= 0 ? end.begin : begin.offset;
    return std::max<std::int64_t>(end.offset - first, 0);
  }

  Result<std::unique_ptr<PartitionReader>> open(const Partition& partition,
                                                const Position& from) override {
    THALWEG_TRY_ASSIGN(TopicPartition place, topic_partition_of(partition));
    THALWEG_TRY_ASSIGN(Offset begin, offset_of(from, place.start));
    std::unique_ptr<RecordDecoder> decoder;
    if (const ValueFormat& values = reading_.values; !values.name.empty()) {
      THALWEG_TRY_ASSIGN(decoder, make_decoder(values.name, values.wanted, values.options));
    }
    THALWEG_TRY_ASSIGN(auto lease, fetching_->lend({place.topic, place.number}, begin.offset));
    return make_reader(std::move(lease), std::move(place), begin, reading_, std::move(decoder),
                       context_);
  }

  /// Tells the group, for those who look at how far it lags.
  Status acknowledge(const Partition& partition, const Position& position) override {
    THALWEG_TRY_ASSIGN(TopicPartition place, topic_partition_of(partition));
    THALWEG_TRY_ASSIGN(Offset reached, offset_of(position, place.start));
    PartitionKey key(place.topic, place.number);
    auto told = told_.find(key);
    if (told != told_.end() && told->second == reached.offset) return {};
    THALWEG_TRY(cluster_.commit({{key, reached.offset}}));
    told_[key] = reached.offset;
    return {};
  }

  bool replayable() const override { return true; }

 private:
  /// Nothing where the cluster does not have the partition any more.
  Result<std::optional<std::int64_t>> end_of(const TopicPartition& place) {
    PartitionKey key(place.topic, place.number);
    if (auto known = ends_.find(key); known != ends_.end()) return std::optional(known->second);
    THALWEG_TRY_ASSIGN(Offsets ends, cluster_.ends({key}));
    if (auto found = ends.find(key); found != ends.end()) return std::optional(found->second);
    // A client that does not know the leader just now says the same as one whose topic is gone.
    THALWEG_TRY_ASSIGN(auto counts, cluster_.partition_counts({place.topic}));
    auto topic = counts.find(place.topic);
    if (topic == counts.end() || place.number >= topic->second)
      return std::optional<std::int64_t>();
    return Status(ErrorCode::unavailable,
                  "source kafka: no broker says where " + place.name() +
                      " ends, though it is there; see that its leader runs");
  }

  /// The plan where records that were not read are gone: with the topic, or because it was deleted
  /// and made again.
  Result<Position> plan_loss(const TopicPartition& place, std::int64_t from,
                             std::optional<std::int64_t> end) {
    std::string what =
        "source kafka: " + place.name() +
        (end ? " ends at offset " + std::to_string(*end) + ", before offset " +
                   std::to_string(from) + " up to which it was read: it was deleted and made again"
             : " is no longer there: its topic was deleted");
    if (reading_.fail_on_data_loss) {
      return Status(ErrorCode::data_loss,
                    what + "; set failOnDataLoss to false to go on with what there is");
    }
    if (said_lost_.insert(place.name() + (end ? "" : " gone")).second) {
      log(LogLevel::warning, what + "; the query goes on (failOnDataLoss is false)");
    }
    if (!end) return to_position({from});
    THALWEG_TRY_ASSIGN(Offsets begins, cluster_.begins({{place.topic, place.number}}));
    std::int64_t begin = begins.empty() ? *end : begins.begin()->second;
    return to_position({std::max(*end, begin), begin});
  }

  void say_if_nothing() {
    if (!there_.empty()) {
      said_nothing_ = false;
    } else if (!std::exchange(said_nothing_, true)) {
      log(LogLevel::warning,
          "source kafka: there is no such topic yet; the query goes on and looks again every " +
              to_string(discovery_interval_));
    }
  }

  const Selection selection_;
  const Start start_;
  const Duration discovery_interval_;
  const ReadingOptions reading_;
  const ConnectorContext context_;
  Cluster cluster_;
  const std::shared_ptr<Fetching> fetching_;
  std::optional<Time> discovered_;
  std::vector<PartitionKey> there_;
  Offsets ends_;  ///< As of the last discover().
  Offsets told_;  ///< To the group.
  std::set<std::string> said_lost_;
  bool said_nothing_ = false;
};

}  // namespace

Result<std::unique_ptr<Source>> make_source(const Options& options,
                                            const ConnectorContext& context) {
  THALWEG_TRY_ASSIGN(Selection selection, Selection::make(options));
  THALWEG_TRY_ASSIGN(Start start, Start::make(options));
  THALWEG_TRY_ASSIGN(ValueFormat values, ValueFormat::make(options, context));
  THALWEG_TRY(check_settings(fetching_settings(options), "source kafka"));
  return std::unique_ptr<Source>(std::make_unique<KafkaSource>(
      options, std::move(selection), std::move(start), std::move(values), context));
}

}  // namespace thalweg::kafka
