// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/files/reading/source.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "thalweg/columnar/compression/compression.h"
#include "thalweg/common/log.h"
#include "thalweg/connectors/files/reading/cleaner.h"
#include "thalweg/connectors/files/reading/file_part.h"
#include "thalweg/connectors/files/reading/follow_source.h"
#include "thalweg/connectors/files/reading/reader.h"
#include "thalweg/connectors/files/reading/reading_options.h"
#include "thalweg/connectors/files/reading/seen_files.h"

namespace thalweg::files {
namespace {

/// Files that were listed and are kept for later batches, so that not each has to list again.
constexpr std::size_t waiting_max = 10'000;

/// How discover() names what it has found: how many of its calls gave files.
Result<SeenFiles::Generation> generation_in(std::string_view resume) {
  SeenFiles::Generation generation = 0;
  if (resume.empty()) return generation;
  auto [stopped, error] = std::from_chars(resume.data(), resume.data() + resume.size(), generation);
  if (error == std::errc() && stopped == resume.data() + resume.size()) return generation;
  return Status(ErrorCode::data_loss,
                "source files: a batch of a checkpoint is malformed: " + std::string(resume));
}

class FilesSource final : public Source {
 public:
  FilesSource(ReadingOptions reading, bool splits, const ConnectorContext& context)
      : reading_(std::move(reading)),
        splits_(splits),
        context_(with_schema(context, reading_)),
        finder_(context.files, reading_.place),
        cleaner_(context.files, reading_.clean, reading_.archive),
        seen_(reading_.age_max),
        charge_(context.memory) {}

  Result<Discovered> discover(std::string_view resume) override {
    THALWEG_TRY_ASSIGN(auto generation, generation_in(resume));
    if (generation != generation_) {
      // What was handed out and is in no batch waits again.
      seen_.forget_after(generation);
      generation_ = generation;
      waiting_.clear();
      listed_.reset();
    }
    seen_.forget_old(context_.clock.now());
    if (waiting_.empty()) THALWEG_TRY(list());
    Discovered found;
    std::size_t taken = count_to_take();
    for (std::size_t i = 0; i < taken; ++i) THALWEG_TRY(add_parts(waiting_[i], found.partitions));
    if (taken > 0) ++generation_;
    for (std::size_t i = 0; i < taken; ++i) {
      seen_.add(waiting_[i].path, waiting_[i].modified, generation_);
    }
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(taken));
    // With the newest first a listing is as good as its age.
    if (reading_.latest_first) waiting_.clear();
    charge_.resize(seen_.bytes());
    found.resume = std::to_string(generation_);
    return found;
  }

  Result<Position> plan(const Partition&, const Position&, std::size_t, std::size_t) override {
    return Position{std::string(end_of_file)};
  }
  bool is_finished(const Partition&, const Position& until) const override {
    return until.text == end_of_file;
  }

  Result<std::unique_ptr<PartitionReader>> open(const Partition& partition,
                                                const Position& from) override {
    THALWEG_TRY_ASSIGN(FilePart part, file_part_of(partition));
    return make_reader(std::move(part), from, reading_, context_);
  }

  Status acknowledge(const Partition& partition, const Position&) override {
    THALWEG_TRY_ASSIGN(FilePart part, file_part_of(partition));
    // The parts of a file are in one batch.
    return part.begin == 0 ? cleaner_.clean(part) : Status();
  }

  bool replayable() const override { return true; }

  std::string memory(std::string_view resume) override {
    auto generation = generation_in(resume);
    return generation.ok() ? seen_.encode(generation.value()) : std::string();
  }
  Status restore(std::string_view memory) override { return seen_.decode(memory); }
  Status recall(std::span<const Partition> partitions, std::string_view resume) override {
    THALWEG_TRY_ASSIGN(auto generation, generation_in(resume));
    for (const auto& partition : partitions) {
      THALWEG_TRY_ASSIGN(FilePart part, file_part_of(partition));
      seen_.add(part.address, part.modified, generation);
    }
    generation_ = std::max(generation_, generation);
    return {};
  }

 private:
  /// Fills waiting_ with the files that are new, in the order of their turns.
  Status list() {
    Time now = context_.clock.monotonic();
    if (listed_ && now - *listed_ < reading_.discovery_interval) return {};
    THALWEG_TRY_ASSIGN(waiting_, finder_.find());
    listed_ = now;
    std::size_t old = 0;
    std::erase_if(waiting_, [&](const FileEntry& file) {
      if (seen_.contains(file.path)) return true;
      if (!seen_.is_too_old(file.modified)) return false;
      if (old++ == 0 && !said_old_) {
        log(LogLevel::warning,
            "source files: " + file.path +
                " is older than maxFileAge before the newest file and "
                "is left out, as are others like it; raise maxFileAge to read such files");
      }
      return true;
    });
    said_old_ = said_old_ || old > 0;
    std::sort(waiting_.begin(), waiting_.end(), [&](const FileEntry& a, const FileEntry& b) {
      const FileEntry& first = reading_.latest_first ? b : a;
      const FileEntry& second = reading_.latest_first ? a : b;
      return std::tie(first.modified, first.path) < std::tie(second.modified, second.path);
    });
    std::size_t kept = std::max<std::size_t>(waiting_max, reading_.files_max);
    if (waiting_.size() > kept) waiting_.resize(kept);
    return {};
  }

  /// How many of the waiting files the next batch has.
  [[nodiscard]] std::size_t count_to_take() const {
    std::size_t count = 0;
    std::uint64_t bytes = 0;
    while (count < waiting_.size() && count < reading_.files_max) {
      bytes += std::min(waiting_[count].size_bytes, reading_.bytes_max);
      if (count > 0 && bytes > reading_.bytes_max) break;
      ++count;
    }
    return count;
  }

  Status add_parts(const FileEntry& file, std::vector<Partition>& partitions) {
    FilePart part{file.path, file.size_bytes, file.modified, 0, file.size_bytes};
    std::uint64_t count = 1;
    if (splits_ && file.size_bytes > reading_.part_bytes_max) {
      THALWEG_TRY_ASSIGN(bool whole, is_compressed(file.path));
      if (!whole) count = (file.size_bytes - 1) / reading_.part_bytes_max + 1;
    }
    for (std::uint64_t i = 0; i < count; ++i) {
      part.begin = i * reading_.part_bytes_max;
      part.end = i + 1 == count ? file.size_bytes : (i + 1) * reading_.part_bytes_max;
      partitions.push_back(to_partition(part));
    }
    return {};
  }

  /// A compressed file can only be read from its beginning.
  Result<bool> is_compressed(const std::string& address) {
    THALWEG_TRY_ASSIGN(FileLocation place, context_.files.resolve(address));
    auto file = place.system->open_read(place.path);
    // Whoever reads it says that it is gone.
    if (!file.ok() && file.status().code() == ErrorCode::not_found) return true;
    if (!file.ok()) return file.status();
    THALWEG_TRY_ASSIGN(Compression compression, compression_of(*file.value(), place.path));
    return compression != Compression::none;
  }

  const ReadingOptions reading_;
  const bool splits_;
  const ConnectorContext context_;
  FileFinder finder_;
  Cleaner cleaner_;
  SeenFiles seen_;
  MemoryCharge charge_;
  SeenFiles::Generation generation_ = 0;
  std::vector<FileEntry> waiting_;
  std::optional<Time> listed_;
  bool said_old_ = false;
};

}  // namespace

Result<std::unique_ptr<Source>> make_source(const Options& options,
                                            const ConnectorContext& context) {
  THALWEG_TRY_ASSIGN(ReadingOptions reading, reading_options_of(options));
  THALWEG_TRY(context.files.resolve(reading.place.path).status().within("source files"));
  if (reading.follow) return make_follow_source(std::move(reading), context);
  THALWEG_TRY_ASSIGN(bool splits, check_format(reading, context));
  // Records of one length begin at multiples of it.
  if (auto length = reading.decoder.record_bytes; reading.format == "binary") {
    reading.part_bytes_max = std::max<std::uint64_t>(1, reading.part_bytes_max / length) * length;
  }
  return std::unique_ptr<Source>(
      std::make_unique<FilesSource>(std::move(reading), splits, context));
}

}  // namespace thalweg::files
