// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include <thalweg/common/random.h>
#include <thalweg/common/time.h>

// What traffic.cc plays when it is given no log.

namespace site {

using thalweg::Random;
using thalweg::Time;

/// Lines are made, and sent, so many at a time as are due in a tick.
constexpr thalweg::Duration tick = std::chrono::milliseconds(20);
constexpr std::int64_t ticks_per_second = std::chrono::seconds(1) / tick;

/// A line of an access log, and what its writer says of it.
struct Line {
  std::string text;
  int status = 0;  ///< 0: malformed.
  std::int64_t bytes = 0;
};

/// The lines that are yet to be sent.
class Traffic {
 public:
  virtual ~Traffic() = default;
  /// The lines of the next tick; false when there are no more.
  virtual bool next(Time now, std::vector<Line>& lines) = 0;
};

/// Draws numbers from 0 to count - 1, the n-th as often as 1 / (n + 1)^skew.
class Zipf {
 public:
  Zipf(std::size_t count, double skew) : sums_(count) {
    double sum = 0;
    for (std::size_t i = 0; i < count; ++i) {
      sums_[i] = sum += std::pow(static_cast<double>(i + 1), -skew);
    }
  }
  std::size_t draw(Random& random) const {
    double at = random.uniform() * sums_.back();
    auto place = std::upper_bound(sums_.begin(), sums_.end() - 1, at);
    return static_cast<std::size_t>(place - sums_.begin());
  }

 private:
  std::vector<double> sums_;
};

struct Page {
  std::string_view path;
  std::int64_t bytes;  ///< On average.
};

// The busiest first.
constexpr Page pages[] = {
    {"/", 14'200},
    {"/search", 22'800},
    {"/cart", 6'400},
    {"/img/logo.png", 8'900},
    {"/style.css", 18'300},
    {"/app.js", 96'000},
    {"/api/prices", 2'100},
    {"/login", 4'700},
    {"/shoes/trail", 31'000},
    {"/api/stock", 1'400},
    {"/shoes/city", 29'500},
    {"/checkout", 9'800},
    {"/boats/kayak", 41'000},
    {"/blog", 17'600},
    {"/boats/canoe", 38'700},
    {"/help", 11'300},
    {"/about", 7'200},
    {"/blog/rivers", 24'100},
    {"/maps/valley", 310'000},
    {"/feed.xml", 52'000},
    {"/robots.txt", 120},
};
constexpr std::string_view referers[] = {"-", "https://shop.example/",
                                         "https://search.example/?q=kayak"};
constexpr std::string_view agents[] = {
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36",
    "ExampleBot/2.1 (\\\"the friendly one\\\"; +https://bot.example/)",
};

/// A site that is made up.
class MadeUpTraffic final : public Traffic {
 public:
  /// pace: lines a second, on average.
  MadeUpTraffic(std::int64_t seed, std::int64_t pace, std::int64_t seconds)
      : random_(static_cast<std::uint64_t>(seed)),
        pace_(static_cast<double>(pace)),
        tick_count_(seconds * ticks_per_second) {}

  bool next(Time now, std::vector<Line>& lines) override {
    if (tick_ == tick_count_) return false;
    double part = static_cast<double>(tick_++) / static_cast<double>(tick_count_);
    // The site breathes: a wave of 20 % around its pace, and chance on top.
    double wave = 1 + 0.2 * std::sin(static_cast<double>(tick_) / ticks_per_second);
    due_ += pace_ / ticks_per_second * wave * (0.6 + 0.8 * random_.uniform());
    for (; due_ >= 1; due_ -= 1) lines.push_back(hit(now, part > 0.45 && part < 0.6));
    return true;
  }

 private:
  Line hit(Time now, bool failing) {
    const Page& page = pages[pages_.draw(random_)];
    Line line;
    line.status = status(page, failing);
    bool empty = line.status == 304 || line.status == 301;
    if (!empty) {
      line.bytes = line.status >= 400 ? 350 : page.bytes / 2 + below(page.bytes);
    }
    line.text = client() + " - - [" + log_time(now) + "] \"" +
                (page.path == "/checkout" ? "POST " : "GET ") + std::string(page.path) +
                (page.path == "/search" ? "?q=" + std::to_string(below(1000)) : "") +
                " HTTP/1.1\" " + std::to_string(line.status) + ' ' +
                (empty ? "-" : std::to_string(line.bytes)) + " \"" +
                std::string(referers[below(std::size(referers))]) + "\" \"" +
                std::string(agents[below(std::size(agents))]) + '"';
    if (below(400) == 0) spoil(line);
    line.text += '\n';
    return line;
  }

  int status(const Page& page, bool failing) {
    double chance = random_.uniform();
    bool of_back_end = page.path.starts_with("/api") || page.path == "/checkout" ||
                       page.path == "/search" || page.path == "/cart";
    if (failing && of_back_end && chance < 0.6) return chance < 0.4 ? 503 : 500;
    if (chance < 0.002) return 500;
    if (chance < 0.022) return 404;
    if (chance < 0.027) return 403;
    if (chance < 0.040) return 301;
    if (chance < 0.130) return 304;
    return 200;
  }

  std::string client() {
    // Networks that documents may use as examples (RFC 5737).
    static constexpr std::string_view networks[] = {"192.0.2.", "198.51.100.", "203.0.113."};
    std::size_t number = clients_.draw(random_);
    return std::string(networks[number % 3]) + std::to_string(1 + number * 37 % 254);
  }

  /// Makes a line one that no reader can take for whole.
  void spoil(Line& line) {
    switch (below(4)) {
      case 0:  // Cut off within.
        line.text.resize(static_cast<std::size_t>(below(line.text.size() - 1)));
        break;
      case 1:  // Bytes that are no text.
        line.text = "\x16\x03\x01\x02\xfc\xff";
        break;
      case 2:  // Another program's.
        line.text = "kernel: eth0: link becomes ready";
        break;
      default:  // A status that is none.
        line.text =
            "192.0.2.1 - - [" + std::string(26, '0') + "] \"GET / HTTP/1.1\" OK 0 \"-\" \"-\"";
    }
    line.status = 0;
    line.bytes = 0;
  }

  std::int64_t below(std::uint64_t bound) {
    return static_cast<std::int64_t>(random_.below(bound));
  }

  static std::string log_time(Time now) {
    std::time_t seconds = now.millis() / 1000;
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char text[32];
    std::strftime(text, sizeof text, "%d/%b/%Y:%H:%M:%S +0000", &parts);
    return text;
  }

  Random random_;
  const double pace_;
  const std::int64_t tick_count_;
  const Zipf pages_{std::size(pages), 1.0};
  const Zipf clients_{240, 0.9};
  std::int64_t tick_ = 0;
  double due_ = 0;
};

}  // namespace site
