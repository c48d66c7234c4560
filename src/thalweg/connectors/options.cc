// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/options.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

#include "thalweg/common/check.h"
#include "thalweg/common/text.h"

namespace thalweg {
namespace {

template <typename Number>
bool parse_number(const std::string& text, Number& number) {
  const char* end = text.data() + text.size();
  auto [stopped, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stopped == end && !text.empty();
}

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

/// "kafka." of "kafka.*"; empty for the name of a single option.
std::string_view prefix_of(std::string_view name) {
  return name.ends_with(".*") ? name.substr(0, name.size() - 1) : std::string_view();
}

/// Whether `name` is the one that a specification gives, or begins as that says.
bool means(std::string_view specified, std::string_view name) {
  std::string_view prefix = prefix_of(specified);
  return prefix.empty() ? specified == name && !name.empty()
                        : name.size() > prefix.size() && name.starts_with(prefix);
}

/// The option of that name or alias: a name of its own comes before a common beginning.
const OptionSpec* find_spec(std::span<const OptionSpec> specs, std::string_view name) {
  const OptionSpec* found = nullptr;
  for (const OptionSpec& spec : specs) {
    if (!means(spec.name, name) && !means(spec.alias, name)) continue;
    if (prefix_of(spec.name).empty()) return &spec;
    found = &spec;
  }
  return found;
}

/// `name`, which `spec` means, without aliases.
std::string own_name(const OptionSpec& spec, std::string_view name) {
  std::string_view prefix = prefix_of(spec.name);
  if (prefix.empty()) return std::string(spec.name);
  std::string_view given = means(spec.name, name) ? prefix : prefix_of(spec.alias);
  return std::string(prefix) + std::string(name.substr(given.size()));
}

bool speaks_of_a_secret(std::string_view name) {
  for (std::string_view word : {"pass", "secret", "token", "key", "credential", "jaas"}) {
    if (name.find(word) != std::string_view::npos) return true;
  }
  return false;
}

Status unknown_option(std::string_view connector, std::span<const OptionSpec> specs,
                      std::string_view name) {
  std::string message = "connector " + std::string(connector) + " has no option " + quoted(name);
  if (specs.empty()) return {ErrorCode::invalid_argument, message + "; it has none"};
  std::vector<std::string_view> names;
  std::string known;
  for (const OptionSpec& spec : specs) {
    names.push_back(spec.name);
    known += (known.empty() ? "" : ", ") + std::string(spec.name);
  }
  std::string_view nearest = nearest_word(name, names.data(), names.size());
  message += nearest.empty() ? "; it has: " : "; did you mean " + quoted(nearest) + "? It has: ";
  return {ErrorCode::invalid_argument, message + known};
}

/// "an integer from 1 to 65535", and the like.
std::string wanted_by(const OptionSpec& spec) {
  if (spec.type == OptionType::real) return "a number";
  if (spec.type == OptionType::boolean) return "true or false";
  bool has_min = spec.min != std::numeric_limits<std::int64_t>::min();
  bool has_max = spec.max != std::numeric_limits<std::int64_t>::max();
  std::string wanted = "an integer";
  if (has_min) wanted += (has_max ? " from " : " of at least ") + std::to_string(spec.min);
  if (has_max) wanted += (has_min ? " to " : " of at most ") + std::to_string(spec.max);
  return wanted;
}

bool is_of_type(const OptionSpec& spec, const std::string& text) {
  std::int64_t integer = 0;
  double real = 0;
  switch (spec.type) {
    case OptionType::text:
    case OptionType::secret:
      return true;
    case OptionType::integer:
      return parse_number(text, integer) && integer >= spec.min && integer <= spec.max;
    case OptionType::real:
      return parse_number(text, real) && std::isfinite(real);
    case OptionType::boolean:
      return text == "true" || text == "false";
  }
  return false;
}

}  // namespace

std::string_view to_string(OptionType type) {
  switch (type) {
    case OptionType::text:
      return "text";
    case OptionType::integer:
      return "integer";
    case OptionType::real:
      return "real";
    case OptionType::boolean:
      return "boolean";
    case OptionType::secret:
      return "secret";
  }
  return "unknown";
}

Result<Options> Options::check(std::string_view connector, std::span<const OptionSpec> specs,
                               const OptionTexts& texts) {
  Options options(specs);
  for (const auto& [name, text] : texts) {
    const OptionSpec* spec = find_spec(specs, name);
    if (spec == nullptr) return unknown_option(connector, specs, name);
    std::string own = own_name(*spec, name);
    // What "properties.*" stands for may be an option with a name of its own.
    spec = find_spec(specs, own);
    if (!is_of_type(*spec, text)) {
      return Status(ErrorCode::invalid_argument, "option " + quoted(name) + " of connector " +
                                                     std::string(connector) + " must be " +
                                                     wanted_by(*spec) + ": got " + excerpt(text));
    }
    if (!options.given_.insert(own).second) {
      return Status(ErrorCode::invalid_argument, "option " + quoted(own) + " of connector " +
                                                     std::string(connector) +
                                                     " is given twice, once as an alias");
    }
    options.values_.emplace(std::move(own), text);
  }
  for (const OptionSpec& spec : specs) {
    if (!prefix_of(spec.name).empty() || options.given_.contains(spec.name)) continue;
    if (spec.required) {
      return Status(ErrorCode::invalid_argument, "connector " + std::string(connector) +
                                                     " needs option " + quoted(spec.name) + ": " +
                                                     std::string(spec.help));
    }
    std::string text(spec.default_value);
    if (!is_of_type(spec, text)) {
      return Status(ErrorCode::invalid_argument, "the default of " + quoted(spec.name) +
                                                     " of connector " + std::string(connector) +
                                                     " is not " + wanted_by(spec));
    }
    options.values_.emplace(spec.name, std::move(text));
  }
  return options;
}

const std::string& Options::value(std::string_view name, OptionType type) const {
  const OptionSpec* spec = find_spec(specs_, name);
  THALWEG_CHECK(spec != nullptr && spec->type == type && values_.contains(name),
                "connector asked for an option it lacks");
  return values_.find(name)->second;
}

const std::string& Options::text(std::string_view name) const {
  return value(name, OptionType::text);
}

std::int64_t Options::integer(std::string_view name) const {
  std::int64_t number = 0;
  parse_number(value(name, OptionType::integer), number);
  return number;
}

double Options::real(std::string_view name) const {
  double number = 0;
  parse_number(value(name, OptionType::real), number);
  return number;
}

bool Options::boolean(std::string_view name) const {
  return value(name, OptionType::boolean) == "true";
}

Secret Options::secret(std::string_view name) const {
  return Secret(value(name, OptionType::secret));
}

Duration Options::millis(std::string_view name) const {
  return Time::from_millis(integer(name)) - Time();
}

std::map<std::string, Secret> Options::texts_under(std::string_view prefix) const {
  std::map<std::string, Secret> found;
  for (auto entry = values_.lower_bound(prefix);
       entry != values_.end() && entry->first.starts_with(prefix); ++entry) {
    if (entry->second.empty() && !given_.contains(entry->first)) continue;
    found.emplace(entry->first.substr(prefix.size()), Secret(entry->second));
  }
  return found;
}

void Options::append_text(const OptionSpec& spec, std::string& out) const {
  bool is_prefix = !prefix_of(spec.name).empty();
  for (const auto& [name, text] : values_) {
    if (find_spec(specs_, name) != &spec) continue;
    bool is_secret = is_prefix ? speaks_of_a_secret(name) : spec.type == OptionType::secret;
    out += (out.empty() ? "" : " ") + name + "=" + (is_secret ? "***" : text);
  }
}

std::string Options::to_string() const {
  std::string text;
  for (const OptionSpec& spec : specs_) append_text(spec, text);
  return text;
}

std::string Options::given_to_string() const {
  std::string text;
  for (const OptionSpec& spec : specs_) {
    if (given_.contains(spec.name) || !prefix_of(spec.name).empty()) append_text(spec, text);
  }
  return text;
}

}  // namespace thalweg
