// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <simdjson.h>

#include <string>
#include <string_view>

#include "thalweg/columnar/formats/decoded_rows_internal.h"

namespace thalweg {

/// Puts a JSON value into a column of the row under way. Returns why it can't: empty when it could.
/// `name`: of the field, for the reason.
std::string put_json_value(simdjson::ondemand::value value, std::string_view name,
                           std::size_t column, DecodedRows& rows);

/// Puts the text of a JSON string, its escapes resolved, into a column of bytes or timestamps, or
/// the name of a special float into one of floats; false where it is none.
bool put_json_text(std::string_view text, std::size_t column, DecodedRows& rows);

/// Puts a number, true, false or null, as it stands in the record, into a column, or into none
/// (FieldOrder::none); false where it is no such value, or does not fit the column.
bool put_json_token(std::string_view token, std::size_t column, DecodedRows& rows);

}  // namespace thalweg
