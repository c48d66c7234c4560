// SPDX-License-Identifier: Apache-2.0
#include <nanobind/stl/map.h>
#include <nanobind/stl/string.h>

#include "bindings/connectors.h"
#include "bindings/handles.h"
#include "bindings/waiting.h"
#include "thalweg/common/clock.h"
#include "thalweg/connectors/connection_check.h"
#include "thalweg/connectors/registry.h"

namespace thalweg::python {
namespace {

/// What a check may take; it reads one batch of a few records.
constexpr std::int64_t check_bytes_max = std::int64_t{256} << 20;

nb::str text(std::string_view value) { return nb::str(value.data(), value.size()); }

nb::dict fields_of(const OptionSpec& spec) {
  nb::dict fields;
  fields["name"] = text(spec.name);
  fields["alias"] = text(spec.alias);
  fields["type"] = text(to_string(spec.type));
  fields["default"] = text(spec.default_value);
  fields["required"] = spec.required;
  fields["help"] = text(spec.help);
  return fields;
}

nb::list connectors() {
  nb::list all;
  for (const Connector* connector : all_connectors()) {
    nb::dict fields;
    fields["name"] = text(connector->name);
    fields["summary"] = text(connector->summary);
    fields["reads"] = connector->make_source != nullptr;
    fields["writes"] = connector->make_sink != nullptr;
    nb::list options;
    for (const OptionSpec& spec : connector->options) options.append(fields_of(spec));
    fields["options"] = options;
    all.append(fields);
  }
  return all;
}

nb::list check(const std::string& name, const std::map<std::string, std::string>& options,
               bool write) {
  auto steps = result_of([&] {
    MemoryBudget memory(check_bytes_max);
    FileSystems files;
    ConnectorContext context{SystemClock::instance(), memory, files, {}};
    return check_connection(name, OptionTexts(options.begin(), options.end()), write, context);
  });
  nb::list all;
  for (const CheckStep& step : steps) {
    all.append(nb::make_tuple(text(step.name), text(to_string(step.outcome)),
                              nb::steal<nb::str>(text_row(step.text).give())));
  }
  return all;
}

}  // namespace

void bind_connectors(nb::module_& module) {
  module.def("connectors", &connectors);
  module.def("check_connection", &check, nb::arg("name"), nb::arg("options"),
             nb::arg("write") = false);
}

}  // namespace thalweg::python
