// SPDX-License-Identifier: Apache-2.0
//
// Watches a web site: reads the lines of its access log, in Apache's combined format, from a TCP
// server and shows every batch as rows of a table, and the last 10 seconds every 5, until the
// server closes or you press Ctrl-C.
#include <cstdio>
#include <cstdlib>
#include <numeric>

#include "access_log.h"
#include <thalweg/thalweg.h>

using namespace std::chrono_literals;

/// How often the three names come that come most often, and the names.
auto busiest(const thalweg::RDD<std::string_view>& names) {
  auto counts = names.map([](auto name) { return std::pair(name, 1); }).reduce_by_key(std::plus());
  auto top = counts.map([](auto row) { return std::pair(row.second, row.first); }).top(3);
  top.resize(3);
  for (auto& [count, name] : top) {  // The end of a long name, and nothing that moves the cursor.
    if (name.size() > 16) name.replace(0, name.size() - 14, "..");
    for (char& byte : name) byte = byte < ' ' || byte > '~' ? '?' : byte;
  }
  return top;
}

int main(int count, char** arguments) try {
  if (count < 3) throw std::invalid_argument("usage: log_monitor HOST PORT [BATCH_MILLISECONDS]");
  int batch_ms = count > 3 ? std::atoi(arguments[3]) : 1000, batches = 0;
  thalweg::Session session("local[2]", "log monitor");
  thalweg::StreamingContext context(session, std::chrono::milliseconds(batch_ms));
  std::array<std::int64_t, 7> total{};  // Lines: malformed, 1xx, 2xx, 3xx, 4xx, 5xx; then bytes.
  auto show = [&](const thalweg::RDD<Hit>& hits, thalweg::Time time) {
    std::array<std::int64_t, 7> now{};
    auto classes = hits.map([](auto& hit) { return hit.status / 100; }).count_by_value();
    for (auto [digit, lines] : classes) now[digit] = lines;
    now[0] = session.dead_letters().count() - total[0];
    now[6] = hits.map(&Hit::bytes).sum();
    for (int i = 0; i < 7; ++i) total[i] += now[i];
    double requests = std::accumulate(&now[1], &now[6], 0.0),
           percent = 100 / std::max(requests, 1.0);
    auto pages = busiest(hits.map(&Hit::page)), clients = busiest(hits.map(&Hit::client));
    if (batches++ % 10 == 0)
      std::puts("UTC      req/s 4xx % 5xx %     MB bad hits page             hits client");
    std::printf("%s %5.0f %5.1f %5.1f %6.1f %3ld", to_utc_string(time).substr(11, 8).c_str(),
                requests * 1000 / batch_ms, percent * now[4], percent * now[5], now[6] / 1e6,
                now[0]);
    for (int i = 0; i == 0 || (i < 3 && pages[i].first + clients[i].first > 0); ++i) {
      std::printf("%*s %4.0d %-16s %4.0d %s\n", i == 0 ? 0 : 37, "", pages[i].first,
                  pages[i].second.c_str(), clients[i].first, clients[i].second.c_str());
    }
    std::fflush(stdout);
  };
  auto show_window = [](const thalweg::RDD<Hit>& hits) {
    auto requests = static_cast<double>(std::max<std::int64_t>(hits.count(), 1));
    auto errors = hits.filter([](const Hit& hit) { return hit.status >= 400; }).count();
    std::printf("-- 10 s  %5.0f req/s  %.1f %% errors  busiest:", requests / 10,
                100 * static_cast<double>(errors) / requests);
    for (auto& [count, page] : busiest(hits.map(&Hit::page))) std::printf(" %s", page.c_str());
    std::puts("");
    std::fflush(stdout);
  };
  auto lines = context.socket_text_stream(arguments[1], std::atoi(arguments[2]));
  auto hits = lines.parse(parse).cache();
  hits.for_each_rdd(show);
  if (5000 % batch_ms == 0) hits.window(10s, 5s).for_each_rdd(show_window);
  context.stop_at_end();
  context.start();
  context.await_termination();
  std::printf("totals lines=%ld", std::accumulate(&total[0], &total[6], 0L));
  for (int i = 1; i < 6; ++i) std::printf(" %dxx=%ld", i, total[i]);
  std::printf(" bytes=%ld malformed=%ld\n", total[6], total[0]);
} catch (const std::exception& error) {
  std::fprintf(stderr, "log_monitor: %s\n", error.what());
  return 1;
}
