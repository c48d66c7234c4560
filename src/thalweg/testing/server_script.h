// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>

#include "thalweg/testing/source_directory.h"
#include "thalweg/testing/temporary_directory.h"

namespace thalweg::testing {

/// A real server that a script of tests/servers/ runs, in a folder of its own, as long as this
/// lives. Where this machine can't run it, `skipped()` says why.
///
///     ServerScript server("hdfs");
///     if (!server.skipped().empty()) GTEST_SKIP() << server.skipped();
class ServerScript {
 public:
  /// `arguments`: of "start", behind the folder.
  explicit ServerScript(const std::string& name, const std::string& arguments = "")
      : script_(source_directory() + "/tests/servers/" + name + ".sh") {
    int code = run("start", arguments);
    std::string said = line_of("said");
    if (code == 0) {
      address_ = said;
    } else {
      skipped_ = code == 77 ? line_of("errors") : "";
      failed_ = code == 77 ? "" : line_of("errors");
    }
  }
  ServerScript(const ServerScript&) = delete;
  ServerScript& operator=(const ServerScript&) = delete;
  ~ServerScript() { run("stop"); }

  /// Runs `tests/servers/NAME.sh command FOLDER arguments` to its end. Returns its exit code.
  int run(const std::string& command, const std::string& arguments = "") const {
    std::string line = "'" + script_ + "' " + command + " '" + folder() + "' " + arguments +
                       " > '" + directory_.path("said") + "' 2> '" + directory_.path("errors") +
                       "'";
    int status = std::system(line.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  /// The first line that the last run() printed.
  [[nodiscard]] std::string said() const { return line_of("said"); }
  /// Of the ports that the server has, in the order of its script's file FOLDER/ports.
  [[nodiscard]] std::string port(int place) const {
    std::istringstream ports(directory_.read("server/ports"));
    std::string port;
    for (int i = 0; i <= place; ++i) ports >> port;
    return port;
  }

  /// What the script printed when the server was ready.
  [[nodiscard]] const std::string& address() const { return address_; }
  /// Where the server keeps its files.
  [[nodiscard]] std::string folder() const { return directory_.path("server"); }
  [[nodiscard]] const std::string& skipped() const { return skipped_; }
  /// Why it did not start, although it should have.
  [[nodiscard]] const std::string& failed() const { return failed_; }

 private:
  [[nodiscard]] std::string line_of(const char* name) const {
    std::string text = directory_.read(name);
    return text.substr(0, text.find('\n'));
  }

  TemporaryDirectory directory_;
  std::string script_;
  std::string address_;
  std::string skipped_;
  std::string failed_;
};

}  // namespace thalweg::testing
