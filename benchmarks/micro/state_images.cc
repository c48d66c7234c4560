// SPDX-License-Identifier: Apache-2.0
//
// What a checkpoint of 1 million keys costs: the image, for which batches wait, and what is done
// with it while they run. All states differ from the last image, or those of ten keys.
#include <cstdint>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

#include "thalweg/rdd/context.h"
#include "thalweg/rdd/scheduler/job.h"
#include "thalweg/rdd/state/update_state.h"

namespace {

using Row = std::pair<std::int64_t, std::int64_t>;
using State = thalweg::KeyedState<std::int64_t, std::int64_t>;

constexpr std::int64_t key_count = 1'000'000;

std::optional<std::int64_t> add_up(const std::vector<std::int64_t>& values,
                                   std::optional<std::int64_t> state) {
  std::int64_t sum = state.value_or(0);
  for (std::int64_t value : values) sum += value;
  return sum;
}
using Node = thalweg::UpdateStateNode<std::int64_t, std::int64_t, std::int64_t, decltype(&add_up)>;

/// Batches of one operator with a state for every key.
class Batches {
 public:
  /// Adds 1 to every `step`-th key.
  std::shared_ptr<Node> next(std::int64_t step) {
    std::vector<Row> rows;
    for (std::int64_t key = 0; key < key_count; key += step) rows.emplace_back(key, 1);
    last_ = std::make_shared<Node>(
        context_.session(), state_, last_,
        thalweg::GroupingInput::of(context_.parallelize(rows, 2).node(), state_->partitioner()),
        std::vector<thalweg::Dependency>(), thalweg::Time(), &add_up);
    thalweg::throw_if_failed(thalweg::run_job(
        last_, {0, 1}, [&](int part, auto& task) { return last_->advance(part, task); }));
    return last_;
  }

 private:
  thalweg::Session session_{"local[2]", "state_images"};
  thalweg::Context context_{session_};
  std::shared_ptr<State> state_ = std::make_shared<State>(
      context_.session(), std::make_shared<thalweg::HashPartitioner<std::int64_t>>(2));
  std::shared_ptr<Node> last_;
};

void image(benchmark::State& state) {
  Batches batches;
  auto node = batches.next(1);
  for (auto _ : state) {
    auto image = node->image();
    benchmark::DoNotOptimize(image);
    state.PauseTiming();
    image.reset();
    state.ResumeTiming();
  }
}
BENCHMARK(image)->Unit(benchmark::kMillisecond);

void encode(benchmark::State& state) {
  Batches batches;
  std::int64_t bytes = 0;
  auto count = [&](std::string_view piece) {
    bytes += static_cast<std::int64_t>(piece.size());
    return thalweg::Status();
  };
  thalweg::throw_if_failed(batches.next(1)->image()->encode(true, count));
  for (auto _ : state) {
    state.PauseTiming();
    auto image = batches.next(state.range(0))->image();
    bytes = 0;
    state.ResumeTiming();
    thalweg::throw_if_failed(image->encode(false, count));
  }
  state.counters["bytes"] = static_cast<double>(bytes);
}
BENCHMARK(encode)->Arg(1)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace
