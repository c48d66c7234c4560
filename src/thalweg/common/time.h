// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace thalweg {

/// A length of time in microseconds. Literals such as 1s and 200ms convert to it.
using Duration = std::chrono::microseconds;

/// a + b, held at the ends of int64 rather than wrapping round.
constexpr std::int64_t saturating_add(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return a < 0 ? std::numeric_limits<std::int64_t>::min()
               : std::numeric_limits<std::int64_t>::max();
}

/// a - b, held at the ends of int64 rather than wrapping round.
constexpr std::int64_t saturating_subtract(std::int64_t a, std::int64_t b) {
  std::int64_t difference = 0;
  if (!__builtin_sub_overflow(a, b, &difference)) return difference;
  return a < 0 ? std::numeric_limits<std::int64_t>::min()
               : std::numeric_limits<std::int64_t>::max();
}

/// a / b rounded towards minus infinity: times before 1970 fall into the interval they lie in.
/// REQUIRES: b > 0.
constexpr std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  std::int64_t quotient = a / b;
  return a % b < 0 ? quotient - 1 : quotient;
}

/// A moment in microseconds since 1970-01-01 UTC. Arithmetic saturates.
class Time {
 public:
  constexpr Time() : micros_(0) {}
  constexpr explicit Time(Duration since_epoch) : micros_(since_epoch.count()) {}

  static constexpr Time from_micros(std::int64_t micros) { return Time(Duration(micros)); }
  static constexpr Time from_millis(std::int64_t millis) {
    std::int64_t micros = 0;
    if (__builtin_mul_overflow(millis, std::int64_t{1000}, &micros)) {
      return millis < 0 ? min() : max();
    }
    return from_micros(micros);
  }
  static constexpr Time min() { return from_micros(std::numeric_limits<std::int64_t>::min()); }
  static constexpr Time max() { return from_micros(std::numeric_limits<std::int64_t>::max()); }

  [[nodiscard]] constexpr std::int64_t micros() const { return micros_; }
  /// Rounded towards minus infinity.
  [[nodiscard]] constexpr std::int64_t millis() const { return floor_divide(micros_, 1000); }

  /// The last multiple of `interval` after `zero` that is not after this time.
  /// REQUIRES: interval > 0.
  [[nodiscard]] constexpr Time floor(Duration interval, Time zero = Time()) const {
    std::int64_t passed = saturating_subtract(micros_, zero.micros_);
    std::int64_t rest = passed % interval.count();
    if (rest < 0) rest += interval.count();
    return from_micros(saturating_add(zero.micros_, saturating_subtract(passed, rest)));
  }

  /// True when this time is a whole number of `interval`s after the epoch.
  [[nodiscard]] constexpr bool is_multiple_of(Duration interval) const {
    return micros_ % interval.count() == 0;
  }

  /// This time, and every `step` after it, up to and including `last`.
  /// REQUIRES: step > 0.
  [[nodiscard]] std::vector<Time> to(Time last, Duration step) const {
    if (*this > last) return {};
    std::vector<Time> times{*this};
    // Asked before the step is taken: at the end of time it leads nowhere.
    while (last - times.back() >= step) times.push_back(times.back() + step);
    return times;
  }

  friend constexpr auto operator<=>(const Time&, const Time&) = default;
  friend constexpr Time operator+(Time time, Duration length) {
    return from_micros(saturating_add(time.micros_, length.count()));
  }
  friend constexpr Time operator-(Time time, Duration length) {
    return from_micros(saturating_subtract(time.micros_, length.count()));
  }
  friend constexpr Duration operator-(Time a, Time b) {
    return Duration(saturating_subtract(a.micros_, b.micros_));
  }

 private:
  std::int64_t micros_;
};

/// True when `length` is a whole, positive number of `unit`s.
constexpr bool is_positive_multiple(Duration length, Duration unit) {
  return length.count() > 0 && unit.count() > 0 && length.count() % unit.count() == 0;
}

/// The times in (begin, end]: the left end is open, so that intervals that touch share no batch.
struct Interval {
  Time begin;
  Time end;
  friend constexpr bool operator==(const Interval&, const Interval&) = default;
};

/// "1500 ms", "2 s", "250 us": the largest unit that leaves no fraction.
std::string to_string(Duration length);
/// Milliseconds since the epoch where whole, "1500 ms"; else microseconds.
std::string to_string(Time time);
/// "2026-11-21 12:00:05.250" in UTC.
std::string to_utc_string(Time time);

}  // namespace thalweg
