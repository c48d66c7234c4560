// SPDX-License-Identifier: Apache-2.0
//
// The steps of `thalweg connect test` against a real broker: each fault is found at its own step.
#include "kafka_network_test.h"
#include "thalweg/connectors/connection_check.h"

namespace thalweg {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* right_password = "correct-horse";
constexpr const char* all_passed =
    "options passed, resolve passed, connect passed, tls passed, authentication passed, "
    "permission passed, sample passed, ";

class KafkaCheckTest : public KafkaNetworkTest {
 protected:
  [[nodiscard]] OptionTexts secured(const OptionTexts& more = {}) const {
    return with({{"kafka.bootstrap.servers", broker_->secured_address()},
                 {"subscribe", topic("in")},
                 {"fetchOffset.timeoutMs", "3000"},
                 {"kafka.security.protocol", "SASL_SSL"},
                 {"kafka.ssl.ca.location", broker_->authority_path()},
                 {"kafka.sasl.mechanisms", "PLAIN"},
                 {"kafka.sasl.username", "app"},
                 {"kafka.sasl.password", right_password}},
                more);
  }
  /// "options passed, resolve failed, ", with the last step's text in `text`.
  std::string steps(const OptionTexts& options, bool write = false) {
    std::string outcomes;
    for (const auto& step : check_connection("kafka", options, write, context_)) {
      EXPECT_THAT(step.text, Not(HasSubstr(right_password)));
      outcomes += step.name + " " + std::string(to_string(step.outcome)) + ", ";
      text_ = step.text;
    }
    return outcomes;
  }

  std::string text_;
  MemoryBudget memory_{std::int64_t{1} << 30};
  FileSystems files_;
  ConnectorContext context_{SystemClock::instance(), memory_, files_, {}};
};

// proves: kafka: connect test
TEST_F(KafkaCheckTest, PassesAllStepsUpToARecord) {
  make_topics();
  give(0, 3);

  EXPECT_EQ(steps(secured()), all_passed);

  EXPECT_THAT(text_, HasSubstr("topic=" + topic("in") + ";partition=0;start=0: "));
}

// proves: kafka: connect test; kafka: secrets redacted
TEST_F(KafkaCheckTest, FindsEachFaultAtItsStep) {
  make_topics();

  EXPECT_EQ(steps(secured({{"kafka.bootstrap.servers", "nowhere.invalid:9092"}})),
            "options passed, resolve failed, ");
  EXPECT_EQ(steps(secured({{"kafka.bootstrap.servers", "127.0.0.1:1"}})),
            "options passed, resolve passed, connect failed, ");
  EXPECT_EQ(steps(secured({{"kafka.ssl.ca.location", "/etc/ssl/certs"}})),
            "options passed, resolve passed, connect passed, tls failed, ");
  EXPECT_EQ(steps(secured({{"kafka.sasl.password", "wrong"}})),
            "options passed, resolve passed, connect passed, tls passed, authentication failed, ");
  EXPECT_EQ(steps(secured({{"kafka.sasl.username", "guest"}})),
            "options passed, resolve passed, connect passed, tls passed, authentication passed, "
            "permission failed, ");
  EXPECT_THAT(text_, HasSubstr("Topic authorization failed"));
  EXPECT_EQ(steps(secured({{"subscribe", "no-such-topic"}})),
            "options passed, resolve passed, connect passed, tls passed, authentication passed, "
            "permission passed, sample failed, ");
  EXPECT_EQ(steps(secured()),
            "options passed, resolve passed, connect passed, tls passed, authentication passed, "
            "permission passed, sample skipped, ");
  EXPECT_THAT(text_, HasSubstr("no record is there yet"));
}

TEST_F(KafkaCheckTest, GoesTheWayOfASinkAndWritesNothing) {
  make_topics();
  OptionTexts options = secured({{"topic", topic("out")}, {"commitTimeoutMs", "10000"}});
  options.erase("subscribe");

  EXPECT_EQ(steps(options, true),
            "options passed, resolve passed, connect passed, tls passed, authentication passed, "
            "permission passed, sample skipped, ");
  EXPECT_EQ(written(), numbers(0));
  EXPECT_EQ(steps(with(options, {{"kafka.sasl.username", "guest"}}), true),
            "options passed, resolve passed, connect passed, tls passed, authentication passed, "
            "permission failed, ");
}

}  // namespace
}  // namespace thalweg
