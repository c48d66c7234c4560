// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/hdfs/address.h"

#include <gtest/gtest.h>

namespace thalweg::hdfs {
namespace {

using Addresses = std::vector<std::string>;

TEST(AddressTest, BeginsWithTheNameNode) {
  auto file = parse_address("namenode:9000/logs//a/");
  auto root = parse_address("namenode:9000");

  EXPECT_EQ(file.value().authority, "namenode:9000");
  EXPECT_EQ(file.value().path, "/logs/a");
  EXPECT_EQ(root.value().path, "/");
}

TEST(AddressTest, RefusesWhatHdfsDoesNotKnow) {
  EXPECT_EQ(parse_address("/logs/a").status().to_string(),
            "invalid_argument: an address in HDFS names its NameNode: got \"/logs/a\"; write "
            "hdfs://namenode:9000/logs/a");
  EXPECT_EQ(parse_address("n:1/a/../b").status().to_string(),
            "invalid_argument: \"..\" is no name in HDFS: n:1/a/../b");
}

TEST(AddressTest, EncodesEveryByteThatMeansSomethingInAUrl) {
  EXPECT_EQ(encoded_path("/a b/50%?#&+=\xC3\xA9:x"), "/a%20b/50%25%3F%23%26%2B%3D%C3%A9%3Ax");
  EXPECT_EQ(encoded_value("a-b_c.d~e"), "a-b_c.d~e");
}

TEST(AddressTest, FindsWebHdfsWhereItIsSaidToBe) {
  auto known = parse_web_addresses("nn:9000=nn:50070,logs=one:9870|two:9870").value();

  EXPECT_EQ(web_addresses_of("hdfs", "nn:9000", known), (Addresses{"nn:50070"}));
  EXPECT_EQ(web_addresses_of("hdfs", "logs", known), (Addresses{"one:9870", "two:9870"}));
  EXPECT_EQ(web_addresses_of("hdfs", "other:8020", known), (Addresses{"other:9870"}));
  EXPECT_EQ(web_addresses_of("hdfs", "other", known), (Addresses{"other:9870"}));
  EXPECT_EQ(web_addresses_of("hdfs", "[::1]:8020", known), (Addresses{"[::1]:9870"}));
  EXPECT_EQ(web_addresses_of("hdfs", "[::1]", known), (Addresses{"[::1]:9870"}));
  EXPECT_EQ(web_addresses_of("webhdfs", "other:14000", known), (Addresses{"other:14000"}));
}

TEST(AddressTest, RefusesWebAddressesOfAnotherForm) {
  EXPECT_EQ(parse_web_addresses("nn:9000").status().to_string(),
            "invalid_argument: not of the form namenode:port=host:port: \"nn:9000\"");
  EXPECT_FALSE(parse_web_addresses("=nn:9000").ok());
  EXPECT_FALSE(parse_web_addresses("nn=").ok());
}

}  // namespace
}  // namespace thalweg::hdfs
