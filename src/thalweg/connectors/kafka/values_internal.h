// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "thalweg/columnar/formats/record_decoder.h"
#include "thalweg/connectors/connector.h"
#include "thalweg/connectors/kafka/fetching_internal.h"

namespace thalweg::kafka {

/// How the values of records are read: as one of Thalweg's formats, or not at all.
struct ValueFormat {
  std::string name;  ///< Empty: the records come as columns, see record_columns_internal.h.
  Schema wanted;
  DecoderOptions options;

  /// Errors: invalid_argument for a format that messages can't have, or where no columns are
  ///         wanted; those of make_decoder().
  static Result<ValueFormat> make(const Options& options, const ConnectorContext& context);
};

/// The values of records as rows of the format; those that are none are rejected, each with its
/// offset.
Result<Polled> decode_values(const std::vector<Message>& records, RecordDecoder& decoder);

}  // namespace thalweg::kafka
