// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ostream>
#include <string>
#include <utility>

namespace thalweg {

/// A password or key. Printing it shows ***, so that it gets into no log and no message by
/// accident.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}

  /// The text itself, for whoever hands it to the outside system. Valid as long as this Secret.
  [[nodiscard]] const std::string& reveal() const { return text_; }
  [[nodiscard]] bool empty() const { return text_.empty(); }

  friend std::ostream& operator<<(std::ostream& out, const Secret&) { return out << "***"; }

 private:
  std::string text_;
};

/// "***".
inline std::string to_string(const Secret&) { return "***"; }

}  // namespace thalweg
