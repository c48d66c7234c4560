// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/options.h"

#include <sstream>

#include <gtest/gtest.h>

namespace thalweg {
namespace {

using namespace std::chrono_literals;

constexpr OptionSpec specs[] = {
    {.name = "host", .default_value = "localhost", .help = "The server."},
    {.name = "port",
     .type = OptionType::integer,
     .required = true,
     .help = "Its port.",
     .min = 1,
     .max = 65535},
    {.name = "wait_ms", .type = OptionType::integer, .default_value = "50", .min = 0},
    {.name = "share", .type = OptionType::real, .default_value = "0.5"},
    {.name = "verbose", .type = OptionType::boolean, .default_value = "false"},
    {.name = "password", .type = OptionType::secret},
};

std::string error_of(const OptionTexts& texts) {
  return Options::check("socket", specs, texts).status().to_string();
}

TEST(OptionsTest, TakeDefaultsForWhatIsNotGiven) {
  Options options = Options::check("socket", specs, {{"port", "9999"}}).value();
  EXPECT_EQ(options.text("host"), "localhost");
  EXPECT_EQ(options.integer("port"), 9999);
  EXPECT_EQ(options.millis("wait_ms"), 50ms);
  EXPECT_EQ(options.real("share"), 0.5);
  EXPECT_FALSE(options.boolean("verbose"));
  EXPECT_TRUE(options.secret("password").empty());
}

TEST(OptionsTest, RefuseAnUnknownOption) {
  EXPECT_EQ(error_of({{"hots", "a"}, {"port", "1"}}),
            "invalid_argument: connector socket has no option \"hots\"; did you mean \"host\"? It "
            "has: host, port, wait_ms, share, verbose, password");
  EXPECT_EQ(error_of({{"something", "a"}}),
            "invalid_argument: connector socket has no option \"something\"; it has: host, port, "
            "wait_ms, share, verbose, password");
  EXPECT_EQ(Options::check("plain", {}, {{"a", "b"}}).status().message(),
            "connector plain has no option \"a\"; it has none");
}

TEST(OptionsTest, RefuseToGoWithoutARequiredOption) {
  EXPECT_EQ(error_of({}), "invalid_argument: connector socket needs option \"port\": Its port.");
}

TEST(OptionsTest, RefuseAValueOfAnotherType) {
  EXPECT_EQ(error_of({{"port", "9999x"}}),
            "invalid_argument: option \"port\" of connector socket must be an integer from 1 to "
            "65535: got \"9999x\"");
  EXPECT_EQ(error_of({{"port", "0"}}),
            "invalid_argument: option \"port\" of connector socket must be an integer from 1 to "
            "65535: got \"0\"");
  EXPECT_EQ(error_of({{"port", "1"}, {"wait_ms", "-1"}}),
            "invalid_argument: option \"wait_ms\" of connector socket must be an integer of at "
            "least 0: got \"-1\"");
  EXPECT_EQ(error_of({{"port", "1"}, {"share", ""}}),
            "invalid_argument: option \"share\" of connector socket must be a number: got \"\"");
  EXPECT_EQ(error_of({{"port", "1"}, {"verbose", "yes"}}),
            "invalid_argument: option \"verbose\" of connector socket must be true or false: got "
            "\"yes\"");
}

TEST(OptionsTest, RememberWhatWasGiven) {
  Options options =
      Options::check("socket", specs, {{"password", "x"}, {"port", "1"}, {"verbose", "false"}})
          .value();
  EXPECT_EQ(options.given_to_string(), "port=1 verbose=false password=***");
}

TEST(OptionsTest, HideSecrets) {
  Options options =
      Options::check("socket", specs, {{"port", "1"}, {"password", "hunter2"}}).value();
  EXPECT_EQ(options.to_string(),
            "host=localhost port=1 wait_ms=50 share=0.5 verbose=false password=***");
  EXPECT_EQ(options.secret("password").reveal(), "hunter2");
  std::ostringstream printed;
  printed << options.secret("password");
  EXPECT_EQ(printed.str() + to_string(options.secret("password")), "******");
}

constexpr OptionSpec passing_on[] = {
    {.name = "kafka.bootstrap.servers",
     .required = true,
     .help = "Where the brokers are.",
     .alias = "bootstrap"},
    {.name = "kafka.*", .help = "Handed on.", .alias = "properties.*"},
};

TEST(OptionsTest, HandOnWhatBeginsWithAPrefix) {
  Options options =
      Options::check("kafka", passing_on,
                     {{"kafka.bootstrap.servers", "localhost:9092"}, {"kafka.linger.ms", "5"}})
          .value();

  auto settings = options.texts_under("kafka.");

  ASSERT_EQ(settings.size(), 2u);
  EXPECT_EQ(settings["bootstrap.servers"].reveal(), "localhost:9092");
  EXPECT_EQ(settings["linger.ms"].reveal(), "5");
  EXPECT_EQ(Options::check("kafka", passing_on, {{"bootstrap", "a"}, {"kafka.", "5"}})
                .status()
                .message()
                .substr(0, 39),
            "connector kafka has no option \"kafka.\";");
}

TEST(OptionsTest, KnowOtherNamesForThem) {
  Options options =
      Options::check("kafka", passing_on, {{"bootstrap", "a"}, {"properties.linger.ms", "5"}})
          .value();
  EXPECT_EQ(options.text("kafka.bootstrap.servers"), "a");
  EXPECT_EQ(options.given_to_string(), "kafka.bootstrap.servers=a kafka.linger.ms=5");

  options = Options::check("kafka", passing_on, {{"properties.bootstrap.servers", "b"}}).value();
  EXPECT_EQ(options.text("kafka.bootstrap.servers"), "b");

  EXPECT_EQ(
      Options::check("kafka", passing_on, {{"bootstrap", "a"}, {"kafka.bootstrap.servers", "b"}})
          .status()
          .message(),
      "option \"kafka.bootstrap.servers\" of connector kafka is given twice, once as an alias");
}

TEST(OptionsTest, HideWhatSpeaksOfASecret) {
  Options options = Options::check("kafka", passing_on,
                                   {{"bootstrap", "a"},
                                    {"kafka.sasl.password", "hunter2"},
                                    {"kafka.ssl.key.pem", "hunter2"},
                                    {"kafka.sasl.oauthbearer.client.secret", "hunter2"}})
                        .value();
  EXPECT_EQ(options.to_string(),
            "kafka.bootstrap.servers=a kafka.sasl.oauthbearer.client.secret=*** "
            "kafka.sasl.password=*** kafka.ssl.key.pem=***");
}

TEST(OptionsDeathTest, AbortForAnOptionTheConnectorLacks) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  Options options = Options::check("socket", specs, {{"port", "1"}}).value();
  EXPECT_DEATH((void)options.text("hots"), "connector asked for an option it lacks");
  EXPECT_DEATH((void)options.text("port"), "connector asked for an option it lacks");
}

}  // namespace
}  // namespace thalweg
