// SPDX-License-Identifier: Apache-2.0
//
// What programs are tried out with: numbers at a steady rate into a table in memory, and the lines
// of a server onto the console. It ends with the server:
//
//     tried_out localhost 9999

#include <iostream>

#include <thalweg/connectors/memory_table.h>
#include <thalweg/thalweg.h>

struct Tick {
  std::int64_t timestamp = 0;
  std::int64_t value = 0;
};
THALWEG_FIELDS(Tick, timestamp, value)

int main(int argc, char** argv) {
  using namespace std::chrono_literals;
  if (argc != 3) {
    std::cerr << "usage: tried_out HOST PORT\n";
    return 2;
  }
  try {
    thalweg::Session session("local[4]", "tried out");
    thalweg::StreamingContext context(session, 200ms);
    context.stop_at_end();

    auto even = thalweg::MemoryTable::named("even");
    context.stream<Tick>("rate", {{"rows_per_second", "1000"}, {"row_count", "10"}})
        .filter([](const Tick& tick) { return tick.value % 2 == 0; })
        .write_to("memory", {{"name", "even"}});
    context.stream<std::string_view>("socket", {{"host", argv[1]}, {"port", argv[2]}})
        .write_to("console", {{"rows_max", "5"}});
    context.start();
    context.await_termination();
    std::cout << even->row_count() << " even numbers\n";
  } catch (const thalweg::Error& error) {
    std::cerr << "tried_out: " << error.what() << "\n";
    return 1;
  }
}
