// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/registry.h"

#include <string>
#include <vector>

#include "thalweg/common/text.h"

namespace thalweg {
namespace {

/// The names of the connectors that `wanted` accepts: "console, memory".
template <typename Wanted>
std::string names_of(Wanted wanted) {
  std::string names;
  for (const Connector* connector : all_connectors()) {
    if (!wanted(*connector)) continue;
    names += (names.empty() ? "" : ", ") + std::string(connector->name);
  }
  return names;
}

}  // namespace

Result<const Connector*> find_connector(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Connector* connector : all_connectors()) {
    if (connector->name == name) return connector;
    names.push_back(connector->name);
  }
  std::string_view nearest = nearest_word(name, names.data(), names.size());
  std::string message = "connector not found: \"" + std::string(name) + "\"; ";
  if (!nearest.empty()) message += "did you mean \"" + std::string(nearest) + "\"? ";
  message += nearest.empty() ? "there are: " : "There are: ";
  return Status(ErrorCode::not_found, message + names_of([](const Connector&) { return true; }));
}

Result<std::unique_ptr<Source>> make_source(std::string_view name, const OptionTexts& options,
                                            const ConnectorContext& context) {
  THALWEG_TRY_ASSIGN(const Connector* connector, find_connector(name));
  if (connector->make_source == nullptr) {
    return Status(ErrorCode::unsupported,
                  "connector " + std::string(name) + " can't be read from; sources are: " +
                      names_of([](const Connector& c) { return c.make_source != nullptr; }));
  }
  THALWEG_TRY_ASSIGN(Options checked, Options::check(name, connector->options, options));
  return connector->make_source(checked, context);
}

Result<std::unique_ptr<Sink>> make_sink(std::string_view name, const OptionTexts& options,
                                        const ConnectorContext& context) {
  THALWEG_TRY_ASSIGN(const Connector* connector, find_connector(name));
  if (connector->make_sink == nullptr) {
    return Status(ErrorCode::unsupported,
                  "connector " + std::string(name) + " can't be written to; sinks are: " +
                      names_of([](const Connector& c) { return c.make_sink != nullptr; }));
  }
  THALWEG_TRY_ASSIGN(Options checked, Options::check(name, connector->options, options));
  return connector->make_sink(checked, context);
}

}  // namespace thalweg
