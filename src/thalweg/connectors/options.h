// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "thalweg/common/status.h"
#include "thalweg/common/time.h"
#include "thalweg/connectors/secret.h"

namespace thalweg {

enum class OptionType {
  text,
  integer,  ///< Within OptionSpec::min and max.
  real,
  boolean,  ///< "true" or "false".
  secret,   ///< A text that is never shown.
};

/// "text", "integer", ... Lives for ever.
std::string_view to_string(OptionType type);

/// One option of a connector, as `thalweg connectors` shows it. A constant.
struct OptionSpec {
  /// With its unit: "connect_timeout_ms". One that ends with ".*" stands for every name that begins
  /// so, each a text; those whose name speaks of a password, token, key or the like are never
  /// shown.
  std::string_view name = {};
  OptionType type = OptionType::text;
  std::string_view default_value = {};  ///< Used where the user says nothing.
  bool required = false;                ///< Then there is no default.
  std::string_view help = {};           ///< One sentence.
  std::int64_t min = std::numeric_limits<std::int64_t>::min();
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
  std::string_view alias = {};  ///< Another name for it, as other systems call it.
};

/// What a user wrote: option names and their values as text.
using OptionTexts = std::map<std::string, std::string, std::less<>>;

/// The options of one source or sink, checked against what its connector has. Values that the user
/// left out are the defaults. The getters abort for a name that the connector does not list, or
/// lists with another type: a bug of the connector.
///
/// Thread safety: const methods may be called concurrently.
class Options {
 public:
  /// Errors: invalid_argument for an unknown option, a missing one, or a value that is not of the
  ///         option's type, each with what the connector has instead. No secret is shown.
  static Result<Options> check(std::string_view connector, std::span<const OptionSpec> specs,
                               const OptionTexts& texts);

  [[nodiscard]] const std::string& text(std::string_view name) const;
  [[nodiscard]] std::int64_t integer(std::string_view name) const;
  [[nodiscard]] double real(std::string_view name) const;
  [[nodiscard]] bool boolean(std::string_view name) const;
  [[nodiscard]] Secret secret(std::string_view name) const;
  /// An integer option that counts milliseconds.
  [[nodiscard]] Duration millis(std::string_view name) const;

  /// What was given, or has a default, under names that begin with `prefix`, by the rest of their
  /// names. Secrets, as some may be.
  [[nodiscard]] std::map<std::string, Secret> texts_under(std::string_view prefix) const;

  /// "host=localhost port=9999 password=***", in the order of the connector's list.
  [[nodiscard]] std::string to_string() const;
  /// The same of what the user wrote, without defaults: to name a source or sink in messages.
  [[nodiscard]] std::string given_to_string() const;

 private:
  explicit Options(std::span<const OptionSpec> specs) : specs_(specs) {}
  [[nodiscard]] const std::string& value(std::string_view name, OptionType type) const;
  void append_text(const OptionSpec& spec, std::string& out) const;

  std::span<const OptionSpec> specs_;
  OptionTexts values_;
  std::set<std::string, std::less<>> given_;
};

}  // namespace thalweg
