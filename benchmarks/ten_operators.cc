// SPDX-License-Identifier: Apache-2.0
//
// How long a program takes to compile: ten operators, one output. Not run.

#include <string>
#include <string_view>

#include <thalweg/thalweg.h>

int main() {
  using namespace std::chrono_literals;
  thalweg::Session session("local[2]", "ten operators");
  thalweg::StreamingContext context(session, 1s);
  auto counts = context.socket_text_stream("localhost", 9999)
                    .flat_map(thalweg::split(' '))
                    .filter([](std::string_view word) { return word.size() > 2; })
                    .map([](std::string_view word) { return std::pair(word, 1); })
                    .reduce_by_key(std::plus<>());
  auto totals = counts.reduce_by_key_and_window(std::plus<>(), 10s, 5s);
  auto lengths = counts.map_values([](int n) { return n * 2.0; });
  totals.join(lengths)
      .map([](const auto& row) { return std::pair(row.first.size(), row.second.second); })
      .group_by_key()
      .print();
  context.start();
  context.await_termination();
}
