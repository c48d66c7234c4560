// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cctype>
#include <functional>
#include <map>
#include <stdexcept>

#include "case_operators.h"

namespace thalweg::semantics {
namespace {

std::string text_of(const json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

json letters(const std::string& word) {
  json all = json::array();
  for (char letter : word) all.push_back(std::string(1, letter));
  return all;
}

json upper(std::string word) {
  std::transform(word.begin(), word.end(), word.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::toupper(letter)); });
  return word;
}

json value_with_key_letters(const json& pair) {
  json all = json::array();
  for (const auto& letter : letters(pair[0])) all.push_back({pair[1], letter});
  return all;
}

json fail_on_1(const json& x) {
  if (x == 1) throw std::runtime_error("This is a special error");
  return x;
}

json state_sum(const json& values, const json& state) {
  int sum = state.is_null() ? 0 : state.get<int>();
  for (const auto& value : values) sum += value.get<int>();
  return sum;
}

json state_extend_list(const json& values, const json& state) {
  json list = state.is_null() ? json::array() : state;
  for (const auto& value : values) list.push_back(value);
  return list;
}

json plus(const json& x, int amount) { return x.get<int>() + amount; }

const std::map<std::string, std::function<json(const json&)>> unary{
    {"identity", [](const json& x) { return x; }},
    {"to_string", [](const json& x) -> json { return text_of(x); }},
    {"x_and_2x",
     [](const json& x) -> json {
       return {x, x.get<int>() * 2};
     }},
    {"pair_with_1",
     [](const json& x) -> json {
       return {x, 1};
     }},
    {"pair_with_x",
     [](const json& x) -> json {
       return {x, "x"};
     }},
    {"plus_2", [](const json& x) { return plus(x, 2); }},
    {"plus_4", [](const json& x) { return plus(x, 4); }},
    {"plus_8", [](const json& x) { return plus(x, 8); }},
    {"plus_10", [](const json& x) { return plus(x, 10); }},
    {"v_and_plus_10",
     [](const json& x) -> json {
       return {x, plus(x, 10)};
     }},
    {"contains_a",
     [](const json& x) -> json { return x.get<std::string>().find('a') != std::string::npos; }},
    {"letters", [](const json& x) { return letters(x); }},
    {"upper", [](const json& x) { return upper(x); }},
    {"swap",
     [](const json& pair) -> json {
       return {pair[1], pair[0]};
     }},
    {"second", [](const json& pair) { return pair[1]; }},
    {"value_with_key_letters", value_with_key_letters},
    {"fail_on_1", fail_on_1},
    {"value_not_zero", [](const json& pair) -> json { return pair[1] != 0; }},
    {"value_positive", [](const json& pair) -> json { return pair[1] > 0; }},
    // Of the rows of a partition.
    {"sum_partition",
     [](const json& rows) {
       int sum = 0;
       for (const auto& row : rows) sum += row.get<int>();
       return json::array({sum});
     }},
    {"upper_concat_partition",
     [](const json& rows) {
       std::string all;
       for (const auto& row : rows) all += row.get<std::string>();
       return json::array({upper(all)});
     }},
};

const std::map<std::string, std::function<json(const json&, const json&)>> binary{
    {"add", [](const json& a, const json& b) -> json { return a.get<int>() + b.get<int>(); }},
    {"sub", [](const json& a, const json& b) -> json { return a.get<int>() - b.get<int>(); }},
    {"concat", [](const json& a, const json& b) -> json { return text_of(a) + text_of(b); }},
    {"append_as_string",
     [](const json& a, const json& b) -> json { return text_of(a) + text_of(b); }},
    // Of the values of a key and its state, null where it has none.
    {"state_sum", state_sum},
    {"state_extend_list", state_extend_list},
};

}  // namespace

json call(const std::string& function, const json& row) { return unary.at(function)(row); }
json call(const std::string& function, const json& a, const json& b) {
  return binary.at(function)(a, b);
}

}  // namespace thalweg::semantics
