// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/files/reading/reading_options.h"

#include <charconv>
#include <limits>

#include "thalweg/columnar/schema_text.h"
#include "thalweg/common/text.h"

namespace thalweg::files {
namespace {

Status refused(std::string_view option, std::string_view wanted, std::string_view value) {
  return {ErrorCode::invalid_argument, "source files: option \"" + std::string(option) +
                                           "\" must be " + std::string(wanted) + ": got " +
                                           excerpt(value)};
}

/// A single byte, or none.
Result<char> sign_of(const Options& options, std::string_view name) {
  const std::string& text = options.text(name);
  if (text.size() > 1) return refused(name, "one character, or nothing", text);
  return text.empty() ? '\0' : text[0];
}

Result<CleanSource> clean_source_of(std::string_view text) {
  if (text == "off") return CleanSource::off;
  if (text == "delete") return CleanSource::remove;
  if (text == "archive") return CleanSource::archive;
  return refused("cleanSource", "off, delete or archive", text);
}

/// What stands before the first sign of a glob, as far as whole names go.
std::string searched_directory(const std::string& path) {
  std::size_t sign = path.find_first_of("*?[");
  std::string directory = sign == std::string::npos ? path : path.substr(0, path.rfind('/', sign));
  while (directory.ends_with('/')) directory.pop_back();
  return directory;
}

/// Files that are archived must not be found again.
Status check_archive(const ReadingOptions& reading) {
  if (reading.archive.empty()) {
    return refused("sourceArchiveDir", "a directory when cleanSource is archive", "");
  }
  std::string searched = searched_directory(reading.place.path) + "/";
  if (!reading.archive.starts_with(searched)) return {};
  std::string_view rest = std::string_view(reading.archive).substr(searched.size());
  if (rest.starts_with('_') || rest.starts_with('.')) return {};
  return refused("sourceArchiveDir",
                 "outside of what is read, or below a name that begins with \"_\"",
                 reading.archive);
}

std::uint64_t count_or_all(const Options& options, std::string_view name) {
  std::int64_t count = options.integer(name);
  return count == 0 ? std::numeric_limits<std::uint64_t>::max() : static_cast<std::uint64_t>(count);
}

Result<DecoderOptions> decoder_options_of(const Options& options) {
  DecoderOptions decoder;
  THALWEG_TRY_ASSIGN(decoder.mode, parse_mode_of(options.text("mode")));
  decoder.corrupt_column = options.text("columnNameOfCorruptRecord");
  decoder.csv_header = options.boolean("header");
  decoder.csv_separator = options.text("sep");
  THALWEG_TRY_ASSIGN(decoder.csv_quote, sign_of(options, "quote"));
  THALWEG_TRY_ASSIGN(decoder.csv_escape, sign_of(options, "escape"));
  THALWEG_TRY_ASSIGN(decoder.csv_comment, sign_of(options, "comment"));
  decoder.csv_null_value = options.text("nullValue");
  decoder.csv_multi_line = options.boolean("multiLine");
  decoder.record_bytes = static_cast<std::size_t>(options.integer("recordLength"));
  return decoder;
}

}  // namespace

Result<Duration> duration_of(std::string_view text) {
  std::int64_t number = 0;
  auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string_view unit = text.substr(static_cast<std::size_t>(stopped - text.data()));
  while (unit.starts_with(' ')) unit.remove_prefix(1);
  struct Unit {
    std::string_view name;
    std::int64_t micros;
  };
  constexpr Unit units[] = {
      {"", 1000},        {"us", 1},           {"ms", 1000},         {"s", 1'000'000},
      {"m", 60'000'000}, {"min", 60'000'000}, {"h", 3'600'000'000}, {"d", 86'400'000'000}};
  for (const Unit& known : units) {
    if (known.name != unit || error != std::errc() || number < 0) continue;
    if (number > std::numeric_limits<std::int64_t>::max() / known.micros) return Duration::max();
    return Duration(number * known.micros);
  }
  return Status(ErrorCode::invalid_argument, "no length of time: " + excerpt(text) +
                                                 "; write one like 7d, 12h, 30m, 10s, 500ms");
}

ConnectorContext with_schema(const ConnectorContext& context, const ReadingOptions& reading) {
  const Schema* wanted = reading.schema ? &*reading.schema : context.wanted;
  return {context.clock, context.memory, context.files, context.stop, wanted};
}

Result<ReadingOptions> reading_options_of(const Options& options) {
  ReadingOptions reading;
  reading.place = {options.text("path"), options.text("pathGlobFilter"),
                   options.boolean("recursiveFileLookup")};
  reading.format = options.text("format");
  THALWEG_TRY_ASSIGN(reading.decoder, decoder_options_of(options));
  if (!options.text("schema").empty()) {
    auto schema = parse_schema(options.text("schema"));
    if (!schema.ok()) return schema.status().within("source files");
    reading.schema = std::move(schema).value();
  }
  reading.files_max = static_cast<std::uint64_t>(options.integer("maxFilesPerTrigger"));
  reading.bytes_max = count_or_all(options, "maxBytesPerTrigger");
  reading.part_bytes_max = static_cast<std::uint64_t>(options.integer("maxPartitionBytes"));
  reading.record_bytes_max = static_cast<std::size_t>(options.integer("maxRecordBytes"));
  reading.latest_first = options.boolean("latestFirst");
  reading.follow = options.boolean("follow");
  reading.ignore_missing = options.boolean("ignoreMissingFiles");
  auto age = duration_of(options.text("maxFileAge"));
  if (!age.ok()) return age.status().within("source files: option \"maxFileAge\"");
  // The newest come first: what waits would be too old by the time that it is its turn.
  reading.age_max = reading.latest_first ? Duration::max() : age.value();
  reading.discovery_interval = options.millis("discoveryIntervalMs");
  THALWEG_TRY_ASSIGN(reading.clean, clean_source_of(options.text("cleanSource")));
  reading.archive = options.text("sourceArchiveDir");
  if (reading.clean == CleanSource::archive) THALWEG_TRY(check_archive(reading));
  return reading;
}

}  // namespace thalweg::files
