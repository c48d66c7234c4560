// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "thalweg/connectors/connector.h"

namespace thalweg {

/// One step on the way to a first record, as `thalweg connect test` shows it.
struct CheckStep {
  enum class Outcome { passed, failed, skipped };
  std::string name;  ///< "options", "resolve", "connect", "tls", "authentication", ...
  Outcome outcome = Outcome::skipped;
  std::string text;  ///< What was found, or what is wrong and what to do. Shows no secret.
};

/// "passed", "failed" or "skipped". Lives for ever.
std::string_view to_string(CheckStep::Outcome outcome);

/// Goes the way from options to a first record with a connector, step by step, and stops at the
/// first that fails: options, resolve, connect, tls, authentication, permission, sample. Reads at
/// most one batch of a few records and writes nothing.
///
/// `write`: the way of a sink, up to where it would write. A sink that shuts older writers of its
/// name out (Kafka's transactionalId) is checked under the name "thalweg-connect-test", unless
/// `options` gives one: then a program that writes under it is shut out.
///
/// Waits for each step as long as the connector's options say; connecting at most 5 s an address,
/// a sample at most 10 s. Thread safety: may be called concurrently.
std::vector<CheckStep> check_connection(std::string_view name, const OptionTexts& options,
                                        bool write, const ConnectorContext& context);

}  // namespace thalweg
