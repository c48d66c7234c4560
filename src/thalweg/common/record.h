// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "thalweg/common/bytes/arena.h"
#include "thalweg/common/bytes/codec.h"
#include "thalweg/common/hash.h"
#include "thalweg/common/text.h"

namespace thalweg {

/// The scope of types that need no lock.
struct NoScope {
  NoScope() {}  // Not trivial: so that a scope that does nothing is no unused variable.
};

/// What the engine knows of a record type T: one description, from which come its codec, size,
/// equality, hash, printing and the re-pointing of its views. Scalars, enums, strings, views,
/// pairs, tuples, optionals, vectors and arrays are described here; a struct by THALWEG_FIELDS
/// (fields.h); any other type by a specialisation with the members below.
///
///     static constexpr bool described = true;
///     static constexpr bool has_views;            // some part is a std::string_view
///     using Owned;                                // T with every view replaced by a string
///     using Scope;                                // held while the functions below run over a
///                                                 // whole chunk: a lock, taken once a chunk
///     static std::uint64_t hash(const T&);        // equal records, equal hashes
///     static bool equal(const T&, const T&);
///     static std::size_t heap_bytes(const T&);    // beyond sizeof(T), without what is viewed
///     static void encode(const T&, Encoder&);     // docs/formats/records.md
///     static T decode(Decoder&);                  // views point into the decoder's bytes
///     static void adopt(T&, Arena&);              // copies viewed bytes, points the views there
///     static Owned own(const T&);
///     static void print(const T&, std::string&);  // as Scala prints it
///
/// A type without a description may pass through narrow stages; a shuffle, a cache or a sink
/// refuses it.
template <typename T>
struct RecordTraits {
  static constexpr bool described = false;
};

/// A type whose records can be held, moved, compared and written by the engine.
template <typename T>
concept Record = RecordTraits<T>::described;

/// A record that views no foreign bytes, so that it may be kept for as long as one likes.
template <typename T>
concept OwningRecord = Record<T> && !RecordTraits<T>::has_views;

template <typename T>
struct OwnedOf {
  using type = T;
};
template <Record T>
struct OwnedOf<T> {
  using type = typename RecordTraits<T>::Owned;
};

/// T with every std::string_view in it replaced by std::string: what leaves the engine.
template <typename T>
using owned_t = typename OwnedOf<T>::type;

/// Whether T, or something in it, is a view. Types without a description are taken at their word.
template <typename T>
inline constexpr bool has_views = false;
template <Record T>
inline constexpr bool has_views<T> = RecordTraits<T>::has_views;

template <typename T>
struct ScopeOf {
  using type = NoScope;
};
template <Record T>
struct ScopeOf<T> {
  using type = typename RecordTraits<T>::Scope;
};
/// Held around a loop over a chunk of T. See RecordTraits.
template <typename T>
using ChunkScope = typename ScopeOf<T>::type;

/// An owned copy of `value`.
template <typename T>
owned_t<T> own(const T& value) {
  if constexpr (Record<T>) {
    return RecordTraits<T>::own(value);
  } else {
    return value;
  }
}

/// Moves where nothing has to be copied, else an owned copy.
template <typename T>
owned_t<T> own(T& value, bool movable) {
  if constexpr (std::same_as<owned_t<T>, T>) {
    if (movable) return std::move(value);
    return value;
  } else {
    return RecordTraits<T>::own(value);
  }
}

/// The text of `value` as DStream::print() shows it: words bare, pairs as (word,3).
template <Record T>
std::string to_text(const T& value) {
  std::string text;
  RecordTraits<T>::print(value, text);
  return text;
}

template <typename T>
requires std::is_arithmetic_v<T> || std::is_enum_v<T>
struct RecordTraits<T> {
  static constexpr bool described = true;
  static constexpr bool has_views = false;
  using Owned = T;
  using Scope = NoScope;

  // <cmath> would be a tenth of what a program that includes this header has to read.
  static constexpr bool is_nan(double number) { return number != number; }

  static std::uint64_t hash(T value) {
    if constexpr (std::is_floating_point_v<T>) {
      // Zero is one key, whatever its sign; so is not-a-number.
      auto number = static_cast<double>(value);
      if (number == 0) number = 0;
      if (is_nan(number)) return hash_integer(0x7FF8000000000000ULL);
      return hash_integer(std::bit_cast<std::uint64_t>(number));
    } else if constexpr (std::same_as<T, char>) {
      // Signed on some machines and not on others.
      return hash_integer(static_cast<std::uint64_t>(static_cast<signed char>(value)));
    } else {
      return hash_integer(static_cast<std::uint64_t>(static_cast<std::int64_t>(value)));
    }
  }
  static bool equal(T a, T b) {
    if constexpr (std::is_floating_point_v<T>) {
      return a == b || (is_nan(a) && is_nan(b));
    } else {
      return a == b;
    }
  }
  static std::size_t heap_bytes(T) { return 0; }
  static void encode(T value, Encoder& out) { out.put_number(value); }
  static T decode(Decoder& in) {
    if constexpr (std::same_as<T, bool>) {
      return in.get_number<std::uint8_t>() != 0;
    } else {
      return in.get_number<T>();
    }
  }
  static void adopt(T&, Arena&) {}
  static T own(T value) { return value; }
  static void print(T value, std::string& out) {
    if constexpr (std::is_enum_v<T>) {
      append_number(static_cast<std::int64_t>(value), out);
    } else if constexpr (std::same_as<T, bool>) {
      out += value ? "true" : "false";
    } else if constexpr (std::same_as<T, char>) {
      out += value;
    } else if constexpr (std::same_as<T, float>) {
      append_number(value, out);
    } else if constexpr (std::is_floating_point_v<T>) {
      append_number(static_cast<double>(value), out);
    } else if constexpr (std::is_signed_v<T>) {
      append_number(static_cast<std::int64_t>(value), out);
    } else {
      append_number(static_cast<std::uint64_t>(value), out);
    }
  }
};

/// What the allocator takes for so many bytes: its own word and what it rounds up to.
constexpr std::size_t allocated_bytes(std::size_t bytes) {
  return bytes == 0 ? 0 : std::max<std::size_t>(32, (bytes + 23) / 16 * 16);
}

template <>
struct RecordTraits<std::string> {
  static constexpr bool described = true;
  static constexpr bool has_views = false;
  using Owned = std::string;
  using Scope = NoScope;
  static std::uint64_t hash(const std::string& value) { return hash_bytes(value); }
  static bool equal(const std::string& a, const std::string& b) { return a == b; }
  static std::size_t heap_bytes(const std::string& value) {
    return value.capacity() > 15 ? allocated_bytes(value.capacity() + 1) : 0;
  }
  static void encode(const std::string& value, Encoder& out) { out.put_text(value); }
  static std::string decode(Decoder& in) { return std::string(in.get_text()); }
  static void adopt(std::string&, Arena&) {}
  static std::string own(const std::string& value) { return value; }
  static void print(const std::string& value, std::string& out) { out += value; }
};

template <>
struct RecordTraits<std::string_view> {
  static constexpr bool described = true;
  static constexpr bool has_views = true;
  using Owned = std::string;
  using Scope = NoScope;
  static std::uint64_t hash(std::string_view value) { return hash_bytes(value); }
  static bool equal(std::string_view a, std::string_view b) { return a == b; }
  static std::size_t heap_bytes(std::string_view) { return 0; }
  static void encode(std::string_view value, Encoder& out) { out.put_text(value); }
  static std::string_view decode(Decoder& in) { return in.get_text(); }
  static void adopt(std::string_view& value, Arena& arena) { value = arena.copy(value); }
  static std::string own(std::string_view value) { return std::string(value); }
  static void print(std::string_view value, std::string& out) { out += value; }
};

/// Not a description by itself: what pairs, tuples and described structs have in common.
/// `Fields::apply(function, value)` calls a function with the fields of a T.
template <typename T, typename Fields, typename... Parts>
struct ProductTraits {
  static constexpr bool described = true;
  static constexpr bool has_views = (RecordTraits<Parts>::has_views || ...);
  using Scope = std::conditional_t<(std::is_same_v<ChunkScope<Parts>, NoScope> && ...), NoScope,
                                   std::tuple<ChunkScope<Parts>...>>;

  static std::uint64_t hash(const T& value) {
    return Fields::apply(
        [](const Parts&... part) {
          std::uint64_t hash = hash_integer(sizeof...(part));
          ((hash = hash_combine(hash, RecordTraits<Parts>::hash(part))), ...);
          return hash;
        },
        value);
  }
  static bool equal(const T& a, const T& b) {
    return Fields::apply(
        [&](const Parts&... x) {
          return Fields::apply(
              [&](const Parts&... y) { return (RecordTraits<Parts>::equal(x, y) && ...); }, b);
        },
        a);
  }
  static std::size_t heap_bytes(const T& value) {
    return Fields::apply(
        [](const Parts&... part) {
          return (std::size_t{0} + ... + RecordTraits<Parts>::heap_bytes(part));
        },
        value);
  }
  static void encode(const T& value, Encoder& out) {
    Fields::apply([&](const Parts&... part) { (RecordTraits<Parts>::encode(part, out), ...); },
                  value);
  }
  static void adopt(T& value, Arena& arena) {
    if constexpr (has_views) {
      Fields::apply([&](Parts&... part) { (RecordTraits<Parts>::adopt(part, arena), ...); }, value);
    }
  }
  static void print(const T& value, std::string& out) {
    out += '(';
    bool first = true;
    Fields::apply(
        [&](const Parts&... part) {
          ((first ? void(first = false) : void(out += ','), RecordTraits<Parts>::print(part, out)),
           ...);
        },
        value);
    out += ')';
  }
};

struct PairFields {
  template <typename Function, typename Pair>
  static decltype(auto) apply(const Function& function, Pair& pair) {
    return function(pair.first, pair.second);
  }
};

template <Record A, Record B>
struct RecordTraits<std::pair<A, B>> : ProductTraits<std::pair<A, B>, PairFields, A, B> {
  using Owned = std::pair<owned_t<A>, owned_t<B>>;
  static std::pair<A, B> decode(Decoder& in) {
    A first = RecordTraits<A>::decode(in);
    return {std::move(first), RecordTraits<B>::decode(in)};
  }
  static Owned own(const std::pair<A, B>& value) {
    return {RecordTraits<A>::own(value.first), RecordTraits<B>::own(value.second)};
  }
};

struct TupleFields {
  template <typename Function, typename Tuple>
  static decltype(auto) apply(const Function& function, Tuple& tuple) {
    return std::apply(function, tuple);
  }
};

template <Record... Parts>
struct RecordTraits<std::tuple<Parts...>>
    : ProductTraits<std::tuple<Parts...>, TupleFields, Parts...> {
  using Owned = std::tuple<owned_t<Parts>...>;
  static std::tuple<Parts...> decode(Decoder& in) {
    // Braces fix the order of evaluation.
    return std::tuple<Parts...>{RecordTraits<Parts>::decode(in)...};
  }
  static Owned own(const std::tuple<Parts...>& value) {
    return std::apply([](const auto&... part) { return Owned(RecordTraits<Parts>::own(part)...); },
                      value);
  }
};

template <Record T>
struct RecordTraits<std::optional<T>> {
  using Inner = RecordTraits<T>;
  static constexpr bool described = true;
  static constexpr bool has_views = Inner::has_views;
  using Owned = std::optional<owned_t<T>>;
  using Scope = typename Inner::Scope;
  static std::uint64_t hash(const std::optional<T>& value) {
    return value ? hash_combine(hash_integer(1), Inner::hash(*value)) : hash_integer(0);
  }
  static bool equal(const std::optional<T>& a, const std::optional<T>& b) {
    return a.has_value() == b.has_value() && (!a || Inner::equal(*a, *b));
  }
  static std::size_t heap_bytes(const std::optional<T>& value) {
    return value ? Inner::heap_bytes(*value) : 0;
  }
  static void encode(const std::optional<T>& value, Encoder& out) {
    out.put_number<std::uint8_t>(value ? 1 : 0);
    if (value) Inner::encode(*value, out);
  }
  static std::optional<T> decode(Decoder& in) {
    if (in.get_number<std::uint8_t>() == 0) return std::nullopt;
    return Inner::decode(in);
  }
  static void adopt(std::optional<T>& value, Arena& arena) {
    if (value) Inner::adopt(*value, arena);
  }
  static Owned own(const std::optional<T>& value) {
    if (!value) return std::nullopt;
    return Inner::own(*value);
  }
  static void print(const std::optional<T>& value, std::string& out) {
    if (!value) {
      out += "None";
      return;
    }
    out += "Some(";
    Inner::print(*value, out);
    out += ')';
  }
};

/// What vectors and arrays have in common.
template <typename Sequence, Record T>
struct SequenceTraits {
  using Inner = RecordTraits<T>;
  static constexpr bool described = true;
  static constexpr bool has_views = Inner::has_views;
  using Scope = typename Inner::Scope;
  static std::uint64_t hash(const Sequence& value) {
    std::uint64_t hash = hash_integer(value.size());
    for (const auto& item : value) hash = hash_combine(hash, Inner::hash(item));
    return hash;
  }
  static bool equal(const Sequence& a, const Sequence& b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (!Inner::equal(a[i], b[i])) return false;
    }
    return true;
  }
  static void encode(const Sequence& value, Encoder& out) {
    out.put_length(value.size());
    for (const auto& item : value) Inner::encode(item, out);
  }
  static void adopt(Sequence& value, Arena& arena) {
    if constexpr (has_views) {
      for (auto& item : value) Inner::adopt(item, arena);
    }
  }
  static void print(const Sequence& value, std::string& out) {
    out += "List(";
    bool first = true;
    for (const auto& item : value) {
      if (!first) out += ", ";
      first = false;
      Inner::print(item, out);
    }
    out += ')';
  }
};

/// Of items that take no bytes (empty tuples) a vector has at most so many when it is read: no byte
/// is there to back them.
inline constexpr std::uint64_t items_without_bytes_max = 1024;

template <Record T>
struct RecordTraits<std::vector<T>> : SequenceTraits<std::vector<T>, T> {
  using Owned = std::vector<owned_t<T>>;
  static std::size_t heap_bytes(const std::vector<T>& value) {
    std::size_t bytes = allocated_bytes(value.capacity() * sizeof(T));
    if constexpr (!std::is_trivially_copyable_v<T>) {
      for (const auto& item : value) bytes += RecordTraits<T>::heap_bytes(item);
    }
    return bytes;
  }
  static std::vector<T> decode(Decoder& in) {
    std::uint64_t size = in.get_length();
    std::vector<T> value;
    // A length is believed only as far as bytes are there to back it.
    std::uint64_t unbacked = 0;
    for (std::uint64_t i = 0; i < size && !in.failed(); ++i) {
      std::size_t bytes = in.bytes_left();
      value.push_back(RecordTraits<T>::decode(in));
      if (in.bytes_left() == bytes && ++unbacked > items_without_bytes_max) in.fail();
    }
    return value;
  }
  static Owned own(const std::vector<T>& value) {
    Owned owned;
    owned.reserve(value.size());
    for (const auto& item : value) owned.push_back(RecordTraits<T>::own(item));
    return owned;
  }
};

template <Record T, std::size_t N>
struct RecordTraits<std::array<T, N>> : SequenceTraits<std::array<T, N>, T> {
  using Owned = std::array<owned_t<T>, N>;
  static std::size_t heap_bytes(const std::array<T, N>& value) {
    std::size_t bytes = 0;
    for (const auto& item : value) bytes += RecordTraits<T>::heap_bytes(item);
    return bytes;
  }
  static std::array<T, N> decode(Decoder& in) {
    std::array<T, N> value{};
    if (in.get_length() != N) in.fail();
    for (auto& item : value) item = RecordTraits<T>::decode(in);
    return value;
  }
  static Owned own(const std::array<T, N>& value) {
    Owned owned;
    for (std::size_t i = 0; i < N; ++i) owned[i] = RecordTraits<T>::own(value[i]);
    return owned;
  }
};

}  // namespace thalweg
