// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <functional>
#include <ranges>
#include <string>
#include <type_traits>
#include <utility>

#include "thalweg/common/record.h"

namespace thalweg {

// How users' functions are called. A function is called as const, from several threads at once. It
// is given the row as it is; where it wants owned text (const std::string&) and the row is a view,
// it is given a copy.

/// F takes a row of T, or an owned copy of it.
template <typename F, typename T>
concept CallableOn = std::invocable<const F&, const T&> || std::invocable<const F&, owned_t<T>>;

/// F takes a T and a U, or owned copies of them.
template <typename F, typename T, typename U>
concept CallableOnTwo = std::invocable<const F&, const T&, const U&> ||
    std::invocable<const F&, owned_t<T>, owned_t<U>>;

template <typename F, typename T>
requires CallableOn<F, T>
decltype(auto) call_with(const F& function, const T& row) {
  if constexpr (std::invocable<const F&, const T&>) {
    return std::invoke(function, row);
  } else {
    return std::invoke(function, own(row));
  }
}

template <typename F, typename T, typename U>
requires CallableOnTwo<F, T, U>
decltype(auto) call_with(const F& function, const T& first, const U& second) {
  if constexpr (std::invocable<const F&, const T&, const U&>) {
    return std::invoke(function, first, second);
  } else {
    return std::invoke(function, own(first), own(second));
  }
}

/// What F makes of a T, by value.
template <typename F, typename T>
using ResultOf =
    std::remove_cvref_t<decltype(call_with(std::declval<const F&>(), std::declval<const T&>()))>;
template <typename F, typename T, typename U>
using ResultOfTwo = std::remove_cvref_t<decltype(call_with(
    std::declval<const F&>(), std::declval<const T&>(), std::declval<const U&>()))>;

/// A function from a row to a new row.
template <typename F, typename T>
concept MapFunction = CallableOn<F, T> &&
    !std::is_void_v<decltype(call_with(std::declval<const F&>(), std::declval<const T&>()))>;

/// A function from a row to true (keep it) or false.
template <typename F, typename T>
concept PredicateFunction = MapFunction<F, T> && std::convertible_to < ResultOf<F, T>,
bool > ;

/// A function from a row to a range of new rows.
template <typename F, typename T>
concept RangeFunction = MapFunction<F, T> && std::ranges::input_range<ResultOf<F, T>>;

/// A flat map that works on whole chunks: see Split in functions.h.
template <typename F, typename T>
concept ChunkExpander = requires {
  typename F::template Expander<T>;
};

template <typename F, typename T>
concept FlatMapFunction = ChunkExpander<F, T> || RangeFunction<F, T>;

/// A function that makes one T of two, in any grouping: f(f(a, b), c) equals f(a, f(b, c)).
template <typename F, typename T>
concept ReduceFunction = CallableOnTwo<F, T, T> && std::constructible_from < T,
        const ResultOfTwo<F, T, T>
& > ;

/// A function that adds a V to an accumulated C.
template <typename F, typename C, typename V>
concept FoldFunction = CallableOnTwo<F, C, V> && std::constructible_from<C, ResultOfTwo<F, C, V>>;

/// A function called for what it does.
template <typename F, typename T>
concept ActionFunction = CallableOn<F, T>;

/// A pair: what the operators "by key" work on.
template <typename T>
inline constexpr bool is_pair = false;
template <typename K, typename V>
inline constexpr bool is_pair<std::pair<K, V>> = true;

/// Pairs whose key the engine can hash, compare and keep.
template <typename T>
concept KeyedRecord = is_pair<T> && Record<typename T::first_type>;

template <typename T>
using KeyOf = typename T::first_type;
template <typename T>
using ValueOf = typename T::second_type;

}  // namespace thalweg
