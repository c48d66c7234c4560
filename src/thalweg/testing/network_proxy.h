// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>

#include "thalweg/testing/server_script.h"

namespace thalweg::testing {

/// A proxy before a real server that plays a bad network: tests/servers/proxy.py has what it can
/// do.
///
///     NetworkProxy proxy("kafka");
///     proxy.tell("to " + broker_address);
///     proxy.tell("hold 26");
///
/// Throws std::runtime_error where it can't be had. One thread.
class NetworkProxy {
 public:
  /// `protocol`: kafka, http or bytes.
  explicit NetworkProxy(const std::string& protocol) : script_("proxy", protocol) {
    if (!script_.failed().empty()) throw std::runtime_error(script_.failed());
    if (!script_.skipped().empty()) throw std::runtime_error(script_.skipped());
  }

  /// "127.0.0.1:41234": what clients connect to.
  [[nodiscard]] const std::string& address() const { return script_.address(); }
  [[nodiscard]] std::string port() const { return script_.port(0); }

  /// Says what is done from now on. Returns the answer.
  std::string tell(const std::string& command) const {
    if (script_.run("tell", command) != 0) throw std::runtime_error("the proxy: " + script_.said());
    return script_.said();
  }
  /// How often what was told was done; waits up to a minute until it was so often.
  int met(int wanted = 0) const { return std::stoi(tell("met " + std::to_string(wanted))); }

 private:
  ServerScript script_;
};

}  // namespace thalweg::testing
