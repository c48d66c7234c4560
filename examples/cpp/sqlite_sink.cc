// SPDX-License-Identifier: Apache-2.0
//
// Writes each batch into SQLite in one transaction. A row's key holds the time of its batch, so a
// batch that is run again replaces what it wrote before.
#include <cstdio>
#include <stdexcept>

#include <sqlite3.h>

#include <thalweg/thalweg.h>

using namespace std::chrono_literals;

struct Order {
  std::string page;
  std::int64_t cents = 0;
};
THALWEG_FIELDS(Order, page, cents)

/// Runs a statement and prints its rows, of two columns, if it has any.
void run(sqlite3* database, const std::string& sql) {
  auto print = [](void*, int, char** row, char**) {
    return std::printf("%s %s\n", row[0], row[1]) < 0 ? 1 : 0;
  };
  if (sqlite3_exec(database, sql.c_str(), print, nullptr, nullptr) != SQLITE_OK) {
    throw std::runtime_error("sqlite: " + std::string(sqlite3_errmsg(database)));
  }
}

int main() {
  sqlite3* database = nullptr;
  sqlite3_open(":memory:", &database);
  run(database, "CREATE TABLE sales (batch, page, cents, PRIMARY KEY (batch, page))");

  thalweg::Session session("local[2]", "sqlite sink");
  thalweg::StreamingContext context(session, 100ms);
  auto orders = [&](std::vector<Order> rows) { return context.context().parallelize(rows); };
  auto morning = orders({{"/kayak", 39'900}, {"/tent", 12'900}, {"/kayak", 41'900}});
  auto evening = orders({{"/tent", 9'900}, {"/boots", 15'900}});
  context.queue_stream(std::vector{morning, orders({}), evening})
      .map([](const Order& order) { return std::pair(order.page, order.cents); })
      .reduce_by_key(std::plus<>())
      .for_each_rdd([&](const auto& sales, thalweg::Time time) {
        run(database, "BEGIN");
        for (const auto& [page, cents] : sales.collect()) {
          char* sql = sqlite3_mprintf("REPLACE INTO sales VALUES (%lld, %Q, %lld)", time.millis(),
                                      page.c_str(), cents);
          run(database, sql);
          sqlite3_free(sql);
        }
        run(database, "COMMIT");
      });
  context.stop_at_end();
  context.start();
  context.await_termination();

  run(database, "SELECT page, sum(cents) FROM sales GROUP BY page ORDER BY page");
  sqlite3_close(database);
}
