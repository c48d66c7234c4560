// SPDX-License-Identifier: Apache-2.0
//
// Joins two streams, batch by batch: which of the advertisements shown were clicked, and how much
// each click is worth. Both streams come from queues, so the program ends by itself.
#include <thalweg/thalweg.h>

using namespace std::chrono_literals;
using Shown = std::pair<std::string, std::string>;  // Advertisement, page.
using Clicked = std::pair<std::string, int>;        // Advertisement, cents.

int main() {
  thalweg::Session session("local[2]", "stream join");
  thalweg::StreamingContext context(session, 100ms);
  auto at_once = [&](auto rows) { return context.context().parallelize(rows); };

  auto shown = context.queue_stream(std::vector{
      at_once(std::vector<Shown>{{"kayaks", "/rivers"}, {"tents", "/parks"}, {"boots", "/parks"}}),
      at_once(std::vector<Shown>{{"kayaks", "/lakes"}, {"boots", "/alps"}}),
  });
  auto clicked = context.queue_stream(std::vector{
      at_once(std::vector<Clicked>{{"kayaks", 30}, {"tents", 12}, {"kayaks", 25}}),
      at_once(std::vector<Clicked>{{"boots", 8}}),
  });

  shown.join(clicked.reduce_by_key(std::plus<>()))
      .map([](const auto& row) {
        const auto& [advertisement, match] = row;
        const auto& [page, cents] = match;
        return std::tuple(page, advertisement, cents);
      })
      .print();
  // What was shown and not clicked in the same batch.
  shown.left_outer_join(clicked)
      .filter([](const auto& row) { return !row.second.second; })
      .map([](const auto& row) { return row.first + " on " + row.second.first; })
      .print();

  context.stop_at_end();
  context.start();
  context.await_termination();
}
