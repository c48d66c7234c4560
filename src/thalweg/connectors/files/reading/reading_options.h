// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "thalweg/columnar/formats/record_decoder.h"
#include "thalweg/connectors/connector.h"
#include "thalweg/connectors/files/reading/file_finder.h"
#include "thalweg/connectors/options.h"

namespace thalweg::files {

/// What becomes of a file once no batch needs it any more.
enum class CleanSource { off, remove, archive };

/// How a place is read, as the connector's options say.
struct ReadingOptions {
  SearchPlace place;
  std::string format;
  DecoderOptions decoder;
  std::optional<Schema> schema;      ///< Besides what the program asks for.
  std::uint64_t files_max = 0;       ///< Of a batch.
  std::uint64_t bytes_max = 0;       ///< Of a batch, but for its first file.
  std::uint64_t part_bytes_max = 0;  ///< Of a part of a large file.
  std::size_t record_bytes_max = 0;
  bool latest_first = false;
  bool ignore_missing = false;
  bool follow = false;  ///< While they grow.
  Duration age_max{0};  ///< Duration::max(): files of any age.
  Duration discovery_interval{0};
  CleanSource clean = CleanSource::off;
  std::string archive;  ///< An address.

  /// True where a file that open_found() gives this for is left out.
  [[nodiscard]] bool ignores(const Status& status) const {
    bool missing = status.code() == ErrorCode::not_found || status.code() == ErrorCode::data_loss;
    return missing && ignore_missing;
  }
};

/// The context with the columns of the options, where they name some. `reading` must outlive it.
ConnectorContext with_schema(const ConnectorContext& context, const ReadingOptions& reading);

/// Errors: invalid_argument for values that don't fit, or don't go together.
Result<ReadingOptions> reading_options_of(const Options& options);

/// "7d", "12h", "30m" or "30min", "10s", "500ms", "10us"; a number alone is milliseconds.
/// Errors: invalid_argument. Source: Spark's JavaUtils.timeStringAs.
Result<Duration> duration_of(std::string_view text);

}  // namespace thalweg::files
