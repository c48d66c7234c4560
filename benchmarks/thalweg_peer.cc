// SPDX-License-Identifier: Apache-2.0
//
// Runs one workload of a side-by-side benchmark and prints one line of JSON:
//
//     thalweg_peer W1 DATA_DIR [pattern=q7z] [lambda=1|std] [threads=2]  lines with a text
//     thalweg_peer W2 DATA_DIR mode=batch [threads=2]                    words per batch (file)
//     thalweg_peer W2 DATA_DIR [checkpoint=DIR]                          totals so far
//     thalweg_peer W3 DATA_DIR [files=10000] [threads=2]                 views of advertisements
//     thalweg_peer W3 DATA_DIR mode=batch [threads=2]                    the same, as one RDD
//     thalweg_peer W7 DATA_DIR port=9999 [interval_ms=20] [threads=2]    words from a socket
//
// Exit status 4: a workload that it does not have. benchmarks/README.md says what is measured.
#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstdio>
#include <map>
#include <string>
#include <unordered_map>

#include <thalweg/rdd/record_files.h>
#include <thalweg/thalweg.h>

namespace {

using namespace std::chrono_literals;
using thalweg::RDD;

using Parameters = std::map<std::string, std::string>;

constexpr int unsupported_workload = 4;

std::string parameter(const Parameters& parameters, const std::string& name,
                      const std::string& otherwise) {
  auto found = parameters.find(name);
  return found == parameters.end() ? otherwise : found->second;
}

/// The hash of one row of the answer.
template <typename... Numbers>
std::uint64_t row_hash(Numbers... numbers) {
  std::uint64_t hash = 0;
  ((hash = (hash ^ static_cast<std::uint64_t>(numbers)) * 0x9E3779B97F4A7C15ULL,
    hash ^= hash >> 32),
   ...);
  return hash;
}

std::int64_t base36(std::string_view word) {
  std::int64_t number = 0;
  for (char c : word) number = number * 36 + (c <= '9' ? c - '0' : c - 'a' + 10);
  return number;
}

void print_result(std::int64_t records, double seconds, std::uint64_t hash, std::int64_t rows) {
  std::printf("{\"records\": %lld, \"seconds\": %.6f, \"output_hash\": \"%016llx:%lld\"}\n",
              static_cast<long long>(records), seconds, static_cast<unsigned long long>(hash),
              static_cast<long long>(rows));
}

std::vector<std::string> text_files(const std::string& directory) {
  thalweg::LocalFileSystem files;
  return thalweg::value_or_throw(
      thalweg::expand_glob(files, thalweg::join_path(directory, "text/part-*.txt")));
}

class Stopwatch {
 public:
  explicit Stopwatch(const thalweg::Session& session) : clock_(session.clock()) {}
  [[nodiscard]] double seconds() const {
    return static_cast<double>((clock_.monotonic() - start_).count()) * 1e-6;
  }

 private:
  thalweg::Clock& clock_;
  thalweg::Time start_ = clock_.monotonic();
};

/// Lines that contain a text. lambda=1: the same search, in a lambda that the engine can't look
/// into; lambda=std: a lambda that calls the standard library's find().
void grep(const thalweg::Session& session, const std::string& directory,
          const Parameters& parameters) {
  Stopwatch watch(session);
  thalweg::Context context(session);
  auto lines = context.text_file(thalweg::join_path(directory, "text/part-*.txt"));
  std::string pattern = parameter(parameters, "pattern", "q7z");
  thalweg::Contains search = thalweg::contains(pattern);
  std::string lambda = parameter(parameters, "lambda", "0");
  std::int64_t hits = 0;
  if (lambda == "std") {
    hits = lines.filter([&](auto line) { return line.find(pattern) != line.npos; }).count();
  } else if (lambda == "1") {
    hits = lines.filter([&](auto line) { return search(line); }).count();
  } else {
    hits = lines.filter(search).count();
  }
  print_result(session.records_read(), watch.seconds(), row_hash(hits), 1);
}

/// The answer of a workload that gives rows batch by batch.
struct Answer {
  std::int64_t batches = 0;
  std::uint64_t hash = 0;
  std::int64_t rows = 0;

  /// Adds a batch of row hashes.
  void add(const RDD<std::uint64_t>& hashes) {
    using Sum = std::pair<std::uint64_t, std::int64_t>;
    auto [sum, count] = hashes.aggregate(
        Sum(0, 0), [](Sum a, std::uint64_t row) { return Sum(a.first + row, a.second + 1); },
        [](Sum a, Sum b) { return Sum(a.first + b.first, a.second + b.second); });
    hash += sum;
    rows += count;
    ++batches;
  }
};

/// Words of each batch; a file is a batch.
void word_count(const thalweg::Session& session, const std::string& directory) {
  Stopwatch watch(session);
  thalweg::StreamingContext context(session, 1ms);
  std::vector<RDD<std::string_view>> batches;
  for (const auto& file : text_files(directory)) {
    batches.push_back(context.context().text_file(file));
  }
  Answer answer;
  context.queue_stream(batches)
      .flat_map(thalweg::split(' '))
      .map([](auto word) { return std::pair(word, 1); })
      .reduce_by_key(std::plus<>())
      .for_each_rdd([&](const auto& counts) {
        answer.add(counts.map([batch = answer.batches](const auto& row) {
          return row_hash(batch, base36(row.first), row.second);
        }));
      });
  context.stop_at_end();
  context.start();
  context.await_termination();
  print_result(session.records_read(), watch.seconds(), answer.hash, answer.rows);
}

/// A batch for each of some files: unlike a queue, one that can be made again after a crash.
class FilesInTurn final : public thalweg::StreamNode, public thalweg::InputNode {
 public:
  using Row = std::string_view;
  FilesInTurn(std::shared_ptr<thalweg::StreamGraph> graph, std::vector<std::string> files)
      : StreamNode(std::move(graph), "files_in_turn", {}), files_(std::move(files)) {}

  [[nodiscard]] std::int64_t stream_id() const override { return id(); }
  void begin_batch(thalweg::Time) override { ++begun_; }
  [[nodiscard]] bool has_waiting() const override { return begun_ < files_.size(); }
  [[nodiscard]] bool ended() const override { return begun_ >= files_.size(); }
  [[nodiscard]] bool can_replay() const override { return true; }

 protected:
  thalweg::Result<thalweg::BatchRdd> compute(thalweg::Time time) override {
    auto index = static_cast<std::size_t>((time - *graph().zero_time()) / slide()) - 1;
    thalweg::Context context = graph().context();
    if (index >= files_.size()) {
      return thalweg::BatchRdd(context.empty_rdd<std::string_view>().node());
    }
    return thalweg::BatchRdd(context.text_file(files_[index]).node());
  }

 private:
  const std::vector<std::string> files_;
  std::atomic<std::size_t> begun_{0};
};

/// Words of each batch with their totals so far; a file is a batch.
void running_word_count(const thalweg::Session& session, const std::string& directory,
                        const Parameters& parameters) {
  Stopwatch watch(session);
  thalweg::StreamingContext context(session, 1ms);
  if (std::string checkpoint = parameter(parameters, "checkpoint", ""); !checkpoint.empty()) {
    context.checkpoint(checkpoint, {.checkpoint_interval = 10s});
  }
  auto lines = context.input<std::string_view>(
      std::make_shared<FilesInTurn>(context.graph(), text_files(directory)));
  auto counts = lines.flat_map(thalweg::split(' '))
                    .map([](auto word) { return std::pair(word, std::int64_t{1}); })
                    .reduce_by_key(std::plus<>());
  Answer answer;
  counts
      .map_with_state<std::int64_t>([](std::string_view word, const std::optional<std::int64_t>& n,
                                       thalweg::State<std::int64_t>& total) {
        total.update(total.option().value_or(0) + *n);
        return std::pair(base36(word), total.get());
      })
      .for_each_rdd([&](const auto& totals) {
        answer.add(totals.map([batch = answer.batches](const auto& row) {
          return row_hash(batch, row.first, row.second);
        }));
      });
  context.stop_at_end();
  context.start();
  context.await_termination();
  print_result(session.records_read(), watch.seconds(), answer.hash, answer.rows);
}

/// An event of the Yahoo streaming benchmark, as far as the question goes.
struct AdEvent {
  std::string_view ad_id;
  std::string_view event_type;
  std::string_view event_time;  ///< Milliseconds since 1970, as text.
};
THALWEG_FIELDS(AdEvent, ad_id, event_type, event_time)

/// What belongs to each campaign's advertisements.
struct Campaigns {
  /// `path`: a line "ad,campaign" for each advertisement.
  Campaigns(const thalweg::Context& context, const std::string& path) {
    for (const auto& line : context.text_file(path, 1).collect()) {
      std::size_t comma = line.find(',');
      // The first eight digits of the campaign's name are its number.
      campaign_of_ad[line.substr(0, comma)] =
          static_cast<std::int64_t>(std::stoull(line.substr(comma + 1, 8), nullptr, 16));
    }
  }

  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  std::unordered_map<std::string, std::int64_t, Hash, std::equal_to<>> campaign_of_ad;
};

/// ((campaign, ten seconds of the events' time), views) of events in an RDD or a DStream.
template <typename Events>
auto view_counts(const Events& events, const thalweg::Broadcast<Campaigns>& campaigns) {
  return events.filter([](const AdEvent& event) { return event.event_type == "view"; })
      .map([campaigns](const AdEvent& event) {
        constexpr std::int64_t window_ms = 10'000;
        std::int64_t time_ms = 0;
        std::from_chars(event.event_time.data(), event.event_time.data() + event.event_time.size(),
                        time_ms);
        auto ad = campaigns->campaign_of_ad.find(event.ad_id);
        return std::pair(std::pair(ad->second, time_ms - time_ms % window_ms), std::int64_t{1});
      })
      .reduce_by_key(std::plus<>());
}

/// Views of each campaign, of files that are found as a stream; `files`: how many a batch has.
void campaign_views(const thalweg::Session& session, const std::string& directory,
                    const Parameters& parameters) {
  Stopwatch watch(session);
  thalweg::StreamingContext context(session, 1ms);
  auto campaigns = context.context().broadcast(
      Campaigns(context.context(), thalweg::join_path(directory, "ads.csv")));
  auto events = context.direct_stream<AdEvent>(
      "files", {{"path", thalweg::join_path(directory, "ysb/part-*.json")},
                {"format", "json"},
                {"maxFilesPerTrigger", parameter(parameters, "files", "10000")},
                {"maxPartitionBytes", parameter(parameters, "part_bytes", "134217728")}});
  std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t> totals;
  view_counts(events, campaigns).for_each_rdd([&](const auto& counts) {
    for (const auto& [key, count] : counts.collect()) totals[key] += count;
  });
  context.stop_at_end();
  context.start();
  context.await_termination();
  Answer answer;
  for (const auto& [key, count] : totals) {
    answer.hash += row_hash(key.first, key.second, count);
    ++answer.rows;
  }
  print_result(session.records_read(), watch.seconds(), answer.hash, answer.rows);
}

/// The same of files that are there, as one RDD.
void campaign_views_at_once(const thalweg::Session& session, const std::string& directory) {
  Stopwatch watch(session);
  thalweg::Context context(session);
  auto campaigns = context.broadcast(Campaigns(context, thalweg::join_path(directory, "ads.csv")));
  auto events = thalweg::record_files<AdEvent>(
      context, thalweg::join_path(directory, "ysb/part-*.json"), "json");
  Answer answer;
  answer.add(view_counts(events, campaigns).map([](const auto& row) {
    return row_hash(row.first.first, row.first.second, row.second);
  }));
  print_result(session.records_read(), watch.seconds(), answer.hash, answer.rows);
}

/// Words from a socket, printed batch by batch; until killed.
void socket_word_count(const thalweg::Session& session, const Parameters& parameters) {
  thalweg::StreamingContext context(
      session, std::chrono::milliseconds(std::stoi(parameter(parameters, "interval_ms", "20"))));
  context.socket_text_stream("127.0.0.1", std::stoi(parameter(parameters, "port", "9999")))
      .flat_map(thalweg::split(' '))
      .map([](auto word) { return std::pair(word, 1); })
      .reduce_by_key(std::plus<>())
      .for_each_rdd([](const auto& counts) {
        for (const auto& [word, count] : counts.collect()) {
          std::printf("RESULT %s %d\n", word.c_str(), count);
        }
        std::fflush(stdout);
      });
  context.start();
  context.await_termination();
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count < 3) {
    std::fprintf(stderr, "usage: thalweg_peer W1|W2|W3|W7 DATA_DIR [name=value]...\n");
    return 2;
  }
  std::string workload = arguments[1];
  std::string directory = arguments[2];
  Parameters parameters;
  for (int i = 3; i < argument_count; ++i) {
    std::string text = arguments[i];
    std::size_t equals = text.find('=');
    if (equals != text.npos) parameters[text.substr(0, equals)] = text.substr(equals + 1);
  }
  try {
    thalweg::Session session("local[" + parameter(parameters, "threads", "2") + "]", workload);
    if (workload == "W1") {
      grep(session, directory, parameters);
    } else if (workload == "W2" && parameter(parameters, "mode", "running") == "batch") {
      word_count(session, directory);
    } else if (workload == "W2") {
      running_word_count(session, directory, parameters);
    } else if (workload == "W3" && parameter(parameters, "mode", "stream") == "batch") {
      campaign_views_at_once(session, directory);
    } else if (workload == "W3") {
      campaign_views(session, directory, parameters);
    } else if (workload == "W7") {
      socket_word_count(session, parameters);
    } else {
      return unsupported_workload;
    }
  } catch (const thalweg::Error& error) {
    std::fprintf(stderr, "thalweg_peer: %s\n", error.what());
    return 1;
  }
}
