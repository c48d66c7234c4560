// SPDX-License-Identifier: Apache-2.0
//
// A real broker that wants TLS and a password: who has them reads and writes, who lacks them is
// told what to change, and nobody is shown a password.
#include "kafka_network_test.h"

namespace thalweg {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* password = "correct-horse";
constexpr const char* wrong_password = "wrong-battery-staple";

class KafkaSecurityTest : public KafkaNetworkTest {
 protected:
  void SetUp() override {
    KafkaNetworkTest::SetUp();
    if (IsSkipped()) return;
    make_topics();
    give(0, 100);
  }

  [[nodiscard]] OptionTexts secured(const std::string& mechanism,
                                    const OptionTexts& more = {}) const {
    return with({{"kafka.bootstrap.servers", broker_->secured_address()},
                 {"kafka.security.protocol", "sasl_ssl"},
                 {"kafka.ssl.ca.location", broker_->authority_path()},
                 {"kafka.sasl.mechanisms", mechanism},
                 {"kafka.sasl.username", "app"},
                 {"kafka.sasl.password", password}},
                more);
  }
  /// What the copy says first, and all that the program has said meanwhile.
  std::pair<std::string, std::string> trouble_of(const OptionTexts& options) {
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    std::string said;
    {
      KafkaCopy program(in(options), out(options), checkpoint());
      program.start();
      std::string failure;
      EXPECT_TRUE(eventually([&] {
        failure = program.failure(0);
        said = failure == "runs" ? program.troubles() : failure;
        return !said.empty();
      }));
      program.stop();
    }
    std::string output = ::testing::internal::GetCapturedStdout();
    return {said, output + ::testing::internal::GetCapturedStderr()};
  }
};

// proves: kafka: auth and TLS messages
TEST_F(KafkaSecurityTest, CopiesWithTlsAndAPassword) {
  EXPECT_EQ(KafkaCopy(in(secured("PLAIN")), out(secured("PLAIN")), checkpoint()).run_to_the_end(),
            "");

  EXPECT_EQ(written(), numbers(100));
}

TEST_F(KafkaSecurityTest, CopiesWithScramOrSaysThatThisLibrdkafkaCannot) {
  OptionTexts scram = secured("SCRAM-SHA-256");
  if (rd_kafka_version() >= 0x020601ff) {
    EXPECT_EQ(KafkaCopy(in(scram), out(scram), checkpoint()).run_to_the_end(), "");
    EXPECT_EQ(written(), numbers(100));
    return;
  }

  auto [said, output] = trouble_of(scram);

  EXPECT_THAT(said, HasSubstr("whatever the password is: use 2.6.1, or PLAIN over TLS"));
  EXPECT_THAT(said + output, Not(HasSubstr(password)));
}

// proves: kafka: auth and TLS messages; kafka: secrets redacted
// proves: weather: credentials wrong
TEST_F(KafkaSecurityTest, SaysThatThePasswordIsWrongWithoutShowingIt) {
  auto [said, output] = trouble_of(secured("PLAIN", {{"kafka.sasl.password", wrong_password}}));

  EXPECT_THAT(said, HasSubstr("SASL authentication error: Authentication failed"));
  EXPECT_THAT(said, HasSubstr("see kafka.security.protocol, kafka.sasl.* and kafka.ssl.*"));
  EXPECT_THAT(said + output, Not(HasSubstr(wrong_password)));
}

// proves: kafka: auth and TLS messages
TEST_F(KafkaSecurityTest, SaysThatTheAuthorityIsNotKnown) {
  auto [said, output] = trouble_of(secured("PLAIN", {{"kafka.ssl.ca.location", "/etc/ssl/certs"}}));

  EXPECT_THAT(said, HasSubstr("certificate"));
  EXPECT_THAT(said, HasSubstr("see kafka.security.protocol, kafka.sasl.* and kafka.ssl.*"));
  EXPECT_THAT(said + output, Not(HasSubstr(password)));
}

TEST_F(KafkaSecurityTest, SaysThatTheCertificateIsOfAnotherHost) {
  std::string other = broker_->secured_address();
  other.replace(0, other.find(':'), "127.0.0.2");

  auto [said, output] = trouble_of(secured("PLAIN", {{"kafka.bootstrap.servers", other}}));

  EXPECT_FALSE(said.empty());
  EXPECT_THAT(said + output, Not(HasSubstr(password)));
}

TEST_F(KafkaSecurityTest, SaysThatTheAuthorityCannotBeRead) {
  OptionTexts options = secured("PLAIN", {{"kafka.ssl.ca.location", "/nowhere/ca.pem"}});
  auto [said, output] = trouble_of(options);

  EXPECT_THAT(said, HasSubstr("/nowhere/ca.pem"));
  EXPECT_THAT(said + output, Not(HasSubstr(password)));
}

// proves: kafka: auth and TLS messages
// proves: weather: authorisation refused
TEST_F(KafkaSecurityTest, SaysThatReadingIsNotAllowed) {
  auto [said, output] = trouble_of(secured("PLAIN", {{"kafka.sasl.username", "guest"}}));

  EXPECT_THAT(said, HasSubstr("Topic authorization failed; an administrator of the cluster has to "
                              "allow it to this user (kafka.sasl.username)"));
  EXPECT_THAT(said, HasSubstr(topic("in")));
  EXPECT_THAT(said + output, Not(HasSubstr(password)));
}

TEST_F(KafkaSecurityTest, SaysThatWritingIsNotAllowed) {
  OptionTexts guest = secured("PLAIN", {{"kafka.sasl.username", "guest"}});

  std::string failure = KafkaCopy(in(), out(guest), checkpoint()).run_to_the_end();

  EXPECT_THAT(failure, HasSubstr("authorization failed; an administrator of the cluster has to"));
  EXPECT_THAT(failure, Not(HasSubstr(password)));
}

TEST_F(KafkaSecurityTest, SaysThatTheBrokerWantsTls) {
  auto [said, output] = trouble_of(
      {{"kafka.bootstrap.servers", broker_->secured_address()}, {"kafka.sasl.password", password}});

  EXPECT_THAT(said, HasSubstr(broker_->secured_address()));
  EXPECT_THAT(said + output, Not(HasSubstr(password)));
}

}  // namespace
}  // namespace thalweg
