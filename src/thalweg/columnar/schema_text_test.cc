// SPDX-License-Identifier: Apache-2.0
#include "thalweg/columnar/schema_text.h"

#include <gtest/gtest.h>

namespace thalweg {
namespace {

std::string refusal(std::string_view text) { return parse_schema(text).status().to_string(); }

TEST(SchemaTextTest, ReadsSparksAndItsOwnTypes) {
  auto schema =
      parse_schema("id BIGINT NOT NULL, small:tinyint,`odd, name` Double , t timestamp_us");

  ASSERT_TRUE(schema.ok()) << schema.status().to_string();
  EXPECT_EQ(to_string(schema.value()), "id int64, small int64, odd, name float64, t timestamp_us");
  EXPECT_TRUE(schema.value().fields[0].required);
  EXPECT_FALSE(schema.value().fields[1].required);
  EXPECT_EQ(schema.value().fields[1].integer_max, 127);
}

TEST(SchemaTextTest, SaysWhatItDoesNotTake) {
  std::string advice = "; write columns like: id bigint not null, name string, price double";
  EXPECT_EQ(refusal("id decimal(3,2)"),
            "invalid_argument: schema: no such type: \"id decimal(3\"" + advice);
  EXPECT_EQ(refusal("id"),
            "invalid_argument: schema: a column lacks its name or type: \"id\"" + advice);
  EXPECT_EQ(refusal(""),
            "invalid_argument: schema: a column lacks its name or type: \"\"" + advice);
  EXPECT_EQ(refusal("id int, id int"),
            "invalid_argument: schema: a column is there twice: \"id\"" + advice);
  EXPECT_EQ(refusal("id int unique"),
            "invalid_argument: schema: what stands behind a type: \"id int unique\"" + advice);
}

}  // namespace
}  // namespace thalweg
