// SPDX-License-Identifier: Apache-2.0
//
// Watches a web site: reads the lines of its access log, in Apache's combined format, from a TCP
// server and shows every batch as rows of a table, until the server closes or you press Ctrl-C.
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <numeric>

#include <thalweg/thalweg.h>

// 192.0.2.7 - - [17/May/2015:10:05:03 +0000] "GET /cart HTTP/1.1" 200 5120 "-" "Mozilla/5.0"
enum Field { client, identity, user, when, request, status, bytes, referer, agent, field_count };
constexpr std::string_view ends[] = {" ", " ", " [", "] \"", "\" ", " ", " \"", "\" \"", "\""};

struct Hit {
  std::string_view client, page;
  std::int64_t status = 0, bytes = 0;
};
THALWEG_FIELDS(Hit, client, page, status, bytes)

std::int64_t number(std::string_view text) {
  std::int64_t value = 0;
  auto [end, failure] = std::from_chars(text.begin(), text.end(), value);
  return failure == std::errc() && end == text.end() ? value : -1;
}

thalweg::Parsed<Hit> parse(std::string_view line) {
  std::string_view fields[field_count];
  for (int i = 0; i < field_count; ++i) {
    std::size_t size = 0;  // Within quotes a backslash says that the next byte is meant as it is.
    while (size < line.size() && line[size] != ends[i][0]) {
      size += ends[i][0] == '"' && line[size] == '\\' ? 2 : 1;
    }
    if (size >= line.size() || !line.substr(size).starts_with(ends[i])) {
      return thalweg::Unparsed{"field " + std::to_string(i + 1) + " of 9 does not end"};
    }
    fields[i] = line.substr(0, size);
    line.remove_prefix(size + ends[i].size());
  }
  Hit hit{fields[client], fields[request], number(fields[status]), number(fields[bytes])};
  if (fields[bytes] == "-") hit.bytes = 0;
  if (hit.status < 100 || hit.status > 599 || hit.bytes < 0 || !line.empty()) {
    return thalweg::Unparsed{"no HTTP status, no size, or text after the last field"};
  }
  hit.page.remove_prefix(hit.page.find(' ') + 1);  // The method goes, then query and protocol.
  hit.page = hit.page.substr(0, hit.page.find_first_of(" ?"));
  return hit;
}

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
    auto classes = hits.cache().map([](auto& hit) { return hit.status / 100; }).count_by_value();
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
  context.socket_text_stream(arguments[1], std::atoi(arguments[2])).parse(parse).for_each_rdd(show);
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
