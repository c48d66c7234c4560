// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string_view>
#include <tuple>

#include "thalweg/common/record.h"

namespace thalweg {

/// What THALWEG_FIELDS says of a struct: its name, its fields' names, and where they are.
template <typename T, typename... Members>
struct FieldList {
  std::string_view type_name;
  std::array<std::string_view, sizeof...(Members)> names;
  std::tuple<Members T::*...> members;
};

/// The names in "id, amount, page". REQUIRES: Count names.
template <std::size_t Count>
constexpr std::array<std::string_view, Count> split_field_names(std::string_view text) {
  std::array<std::string_view, Count> names;
  for (auto& name : names) {
    while (!text.empty() && (text.front() == ' ' || text.front() == ',')) text.remove_prefix(1);
    name = text.substr(0, text.find_first_of(", "));
    text.remove_prefix(name.size());
  }
  return names;
}

template <typename T, typename... Members>
constexpr FieldList<T, Members...> make_field_list(std::string_view type_name,
                                                   std::string_view names,
                                                   Members T::*... members) {
  return {type_name, split_field_names<sizeof...(Members)>(names), {members...}};
}

/// A struct with THALWEG_FIELDS beside it.
template <typename T>
concept DescribedStruct = requires(const T* type) {
  thalweg_fields(type);
};

template <typename T>
struct StructFields {
  template <typename Function, typename Value>
  static decltype(auto) apply(const Function& function, Value& value) {
    // Or the names would be split anew for each record.
    constexpr auto list = thalweg_fields(static_cast<const T*>(nullptr));
    return std::apply([&](auto... member) -> decltype(auto) { return function(value.*member...); },
                      list.members);
  }
};

template <typename T, typename List>
struct StructTraitsOf;

template <typename T, typename... Members>
struct StructTraitsOf<T, FieldList<T, Members...>> : ProductTraits<T, StructFields<T>, Members...> {
  static_assert((Record<Members> && ...), "every field of a described struct must be a Record");
  /// A struct keeps its type; one with views in it can't leave the engine (see OwningRecord).
  using Owned = T;
  static constexpr auto fields() { return thalweg_fields(static_cast<const T*>(nullptr)); }
  static T decode(Decoder& in) {
    T value{};
    StructFields<T>::apply(
        [&](Members&... field) { ((field = RecordTraits<Members>::decode(in)), ...); }, value);
    return value;
  }
  static T own(const T& value) { return value; }
  static void print(const T& value, std::string& out) {
    out += fields().type_name;
    ProductTraits<T, StructFields<T>, Members...>::print(value, out);
  }
};

template <DescribedStruct T>
struct RecordTraits<T>
    : StructTraitsOf<T, decltype(thalweg_fields(static_cast<const T*>(nullptr)))> {};

}  // namespace thalweg

// Applies a macro to each argument, up to 64 of them.
#define THALWEG_PARENS_ ()
#define THALWEG_EXPAND_(...) \
  THALWEG_EXPAND3_(THALWEG_EXPAND3_(THALWEG_EXPAND3_(THALWEG_EXPAND3_(__VA_ARGS__))))
#define THALWEG_EXPAND3_(...) \
  THALWEG_EXPAND2_(THALWEG_EXPAND2_(THALWEG_EXPAND2_(THALWEG_EXPAND2_(__VA_ARGS__))))
#define THALWEG_EXPAND2_(...) \
  THALWEG_EXPAND1_(THALWEG_EXPAND1_(THALWEG_EXPAND1_(THALWEG_EXPAND1_(__VA_ARGS__))))
#define THALWEG_EXPAND1_(...) __VA_ARGS__
#define THALWEG_FOR_EACH_(macro, type, ...) \
  __VA_OPT__(THALWEG_EXPAND_(THALWEG_FOR_EACH_STEP_(macro, type, __VA_ARGS__)))
#define THALWEG_FOR_EACH_STEP_(macro, type, field, ...) \
  macro(type, field) __VA_OPT__(THALWEG_FOR_EACH_AGAIN_ THALWEG_PARENS_(macro, type, __VA_ARGS__))
#define THALWEG_FOR_EACH_AGAIN_() THALWEG_FOR_EACH_STEP_
#define THALWEG_MEMBER_(type, field) , &type::field

/// Describes a struct to the engine: which fields, in which order. Stands beside the struct, in its
/// namespace; the fields must be public and Records themselves.
///
///     struct Order { std::int64_t id; double amount; std::string page; };
///     THALWEG_FIELDS(Order, id, amount, page)
///
/// The order is part of what is written to disk (docs/formats/records.md).
#define THALWEG_FIELDS(type, ...)                                                   \
  constexpr auto thalweg_fields(const type*) {                                      \
    return ::thalweg::make_field_list<type>(                                        \
        #type, #__VA_ARGS__ THALWEG_FOR_EACH_(THALWEG_MEMBER_, type, __VA_ARGS__)); \
  }
