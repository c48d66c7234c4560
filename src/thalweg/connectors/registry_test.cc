// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/registry.h"

#include <algorithm>
#include <set>
#include <string>

#include <gtest/gtest.h>

namespace thalweg {
namespace {

class RegistryTest : public ::testing::Test {
 protected:
  MemoryBudget memory_{1 << 20};
  FileSystems files_;
  ConnectorContext context_{SystemClock::instance(), memory_, files_, {}};
};

TEST_F(RegistryTest, FindsAConnectorByName) {
  EXPECT_EQ(find_connector("socket").value()->name, "socket");
}

TEST_F(RegistryTest, SaysWhichConnectorsThereAre) {
  EXPECT_EQ(find_connector("sokcet").status().to_string(),
            "not_found: connector not found: \"sokcet\"; did you mean \"socket\"? There are: "
            "console, files, kafka, memory, rate, socket");
  EXPECT_EQ(find_connector("teleprinter").status().to_string(),
            "not_found: connector not found: \"teleprinter\"; there are: console, files, kafka, "
            "memory, rate, socket");
}

TEST_F(RegistryTest, RefusesTheDirectionAConnectorLacks) {
  EXPECT_EQ(make_source("console", {}, context_).status().to_string(),
            "unsupported: connector console can't be read from; sources are: files, kafka, rate, "
            "socket");
  EXPECT_EQ(make_sink("socket", {}, context_).status().to_string(),
            "unsupported: connector socket can't be written to; sinks are: console, files, "
            "kafka, memory");
}

TEST_F(RegistryTest, ChecksOptionsBeforeTheConnectorSeesThem) {
  EXPECT_EQ(make_source("socket", {{"hots", "localhost"}}, context_).status().to_string(),
            "invalid_argument: connector socket has no option \"hots\"; did you mean \"host\"? It "
            "has: host, port, reconnect_ms, line_bytes_max, connect_timeout_ms");
}

TEST_F(RegistryTest, EveryConnectorDescribesItself) {
  auto connectors = all_connectors();
  EXPECT_TRUE(std::is_sorted(connectors.begin(), connectors.end(),
                             [](auto* a, auto* b) { return a->name < b->name; }));
  for (const Connector* connector : connectors) {
    SCOPED_TRACE(connector->name);
    EXPECT_TRUE(connector->summary.ends_with('.'));
    EXPECT_TRUE(connector->make_source != nullptr || connector->make_sink != nullptr);
    std::set<std::string_view> names;
    OptionTexts texts;
    for (const OptionSpec& option : connector->options) {
      SCOPED_TRACE(option.name);
      EXPECT_TRUE(names.insert(option.name).second);
      EXPECT_TRUE(option.help.ends_with('.'));
      if (option.required) texts.emplace(option.name, "1");
    }
    // The defaults are values of their options' types.
    EXPECT_TRUE(Options::check(connector->name, connector->options, texts).ok());
  }
}

}  // namespace
}  // namespace thalweg
