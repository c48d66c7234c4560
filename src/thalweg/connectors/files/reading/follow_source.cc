// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/files/reading/follow_source.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "thalweg/common/log.h"
#include "thalweg/connectors/files/reading/follow_position.h"
#include "thalweg/connectors/files/reading/reader.h"

namespace thalweg::files {
namespace {

constexpr std::string_view identity_sign = ";file=";
constexpr std::size_t search_bytes = std::size_t{64} << 10;

/// A file that is followed.
struct Followed {
  std::string address;  ///< Where it was seen last.
  std::shared_ptr<ReadableFile> file;
  std::uint64_t size_bytes = 0;     ///< At the last plan.
  std::optional<Time> quiet_since;  ///< On the monotonic clock, once it is gone.
  bool planned = true;              ///< Since the last discover(): it is not over.
};

std::string identity_of(const Partition& partition) {
  std::size_t place = partition.text.rfind(identity_sign);
  return place == std::string::npos ? "" : partition.text.substr(place + identity_sign.size());
}
std::string address_of(const Partition& partition) {
  return partition.text.substr(0, partition.text.rfind(identity_sign));
}

/// Just behind the last line end in [begin, end) of a file; nothing where there is none.
Result<std::optional<std::uint64_t>> last_line_end(ReadableFile& file, std::uint64_t begin,
                                                   std::uint64_t end) {
  std::string bytes(search_bytes, '\0');
  while (begin < end) {
    std::uint64_t from = end - std::min<std::uint64_t>(search_bytes, end - begin);
    THALWEG_TRY_ASSIGN(std::size_t got,
                       file.read_at(from, bytes.data(), static_cast<std::size_t>(end - from)));
    const void* found = ::memrchr(bytes.data(), '\n', got);
    if (found != nullptr) {
      auto place = static_cast<std::uint64_t>(static_cast<const char*>(found) - bytes.data());
      return std::optional(from + place + 1);
    }
    end = from;
  }
  return std::optional<std::uint64_t>();
}

/// Just behind the first line end in [begin, end) of a file.
Result<std::optional<std::uint64_t>> first_line_end(ReadableFile& file, std::uint64_t begin,
                                                    std::uint64_t end) {
  std::string bytes(search_bytes, '\0');
  while (begin < end) {
    std::size_t wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(search_bytes, end - begin));
    THALWEG_TRY_ASSIGN(std::size_t got, file.read_at(begin, bytes.data(), wanted));
    if (got == 0) break;
    std::size_t place = std::string_view(bytes.data(), got).find('\n');
    if (place != std::string_view::npos) return std::optional(begin + place + 1);
    begin += got;
  }
  return std::optional<std::uint64_t>();
}

class FollowSource final : public Source {
 public:
  FollowSource(ReadingOptions reading, const ConnectorContext& context)
      : reading_(std::move(reading)),
        context_(with_schema(context, reading_)),
        finder_(context.files, reading_.place) {}

  Result<Discovered> discover(std::string_view) override {
    THALWEG_TRY_ASSIGN(auto there, finder_.find());
    std::sort(there.begin(), there.end(), [](const FileEntry& a, const FileEntry& b) {
      return std::tie(a.modified, a.path) < std::tie(b.modified, b.path);
    });
    // What no plan asked for since the last call is over.
    std::erase_if(followed_, [](const auto& known) { return !known.second.planned; });
    Discovered found;
    found.resume = "followed";
    std::set<std::string> visible;
    for (const auto& entry : there) {
      if (entry.identity.empty()) return no_identity(entry.path);
      visible.insert(entry.identity);
      auto known = followed_.find(entry.identity);
      if (known != followed_.end()) {
        known->second.address = entry.path;
      } else if (!add(entry)) {
        continue;
      } else {
        found.partitions.push_back({entry.path + std::string(identity_sign) + entry.identity});
      }
    }
    for (auto& [identity, file] : followed_) {
      file.planned = false;
      if (visible.contains(identity)) {
        file.quiet_since.reset();
      } else if (!file.quiet_since) {
        file.quiet_since = context_.clock.monotonic();
      }
    }
    return found;
  }

  Result<Position> plan(const Partition& partition, const Position& from, std::size_t,
                        std::size_t bytes_max) override {
    THALWEG_TRY_ASSIGN(FollowPosition place, follow_position_of(from));
    Followed& followed = followed_[identity_of(partition)];
    followed.planned = true;
    THALWEG_TRY_ASSIGN(auto file, opened(partition));
    place.from_begin = false;
    if (file == nullptr) {
      log(LogLevel::warning, "source files: " + address_of(partition) +
                                 " is gone: what it had behind offset " +
                                 std::to_string(place.offset) + ", if anything, was not read");
      place.over = true;
      return to_position(place);
    }
    THALWEG_TRY_ASSIGN(std::uint64_t size, file->size_bytes());
    if (size < place.offset) {
      log(LogLevel::warning, "source files: " + followed.address + " was cut off: it has " +
                                 std::to_string(size) + " bytes and was read up to " +
                                 std::to_string(place.offset) + "; it is read from its beginning");
      place = {0, true, false};
    }
    Time now = context_.clock.monotonic();
    if (std::exchange(followed.size_bytes, size) != size && followed.quiet_since) {
      followed.quiet_since = now;
    }
    std::uint64_t limit = place.offset + std::min<std::uint64_t>(bytes_max, followed_bytes_max);
    THALWEG_TRY_ASSIGN(auto end, last_line_end(*file, place.offset, std::min(size, limit)));
    if (!end && limit < size) {
      THALWEG_TRY_ASSIGN(end, first_line_end(*file, limit, size));
    }
    if (end) place.offset = *end;
    bool quiet = followed.quiet_since && now - *followed.quiet_since >= quiet_after_gone;
    if (quiet && limit >= size) place = {size, place.from_begin, true};
    return to_position(place);
  }

  bool is_finished(const Partition&, const Position& until) const override {
    auto place = follow_position_of(until);
    return place.ok() && place.value().over;
  }

  Result<std::unique_ptr<PartitionReader>> open(const Partition& partition,
                                                const Position& from) override {
    THALWEG_TRY_ASSIGN(FollowPosition place, follow_position_of(from));
    THALWEG_TRY_ASSIGN(auto file, opened(partition));
    if (file == nullptr) {
      return Status(ErrorCode::data_loss,
                    "source files: file is gone and was not read from offset " +
                        std::to_string(place.offset) + " on: " + address_of(partition));
    }
    return make_follower(std::move(file), followed_[identity_of(partition)].address, place.offset,
                         reading_, context_);
  }

  bool replayable() const override { return true; }

  Status recall(std::span<const Partition> partitions, std::string_view) override {
    // Each plan names all files that are followed.
    followed_.clear();
    for (const auto& partition : partitions) {
      followed_[identity_of(partition)].address = address_of(partition);
    }
    return {};
  }

 private:
  static Status no_identity(const std::string& address) {
    return {ErrorCode::unsupported,
            "source files: only files of this machine can be followed, not " + address};
  }

  /// Begins to follow a file. False where there are too many.
  bool add(const FileEntry& entry) {
    if (followed_.size() >= followed_max) {
      if (!std::exchange(said_many_, true)) {
        log(LogLevel::warning, "source files: " + std::to_string(followed_max) +
                                   " files are followed, and more have to wait: " + entry.path);
      }
      return false;
    }
    followed_[entry.identity].address = entry.path;
    return true;
  }

  /// The open file, which keeps its bytes when it is removed; null where it can't be found any
  /// more.
  Result<std::shared_ptr<ReadableFile>> opened(const Partition& partition) {
    std::string identity = identity_of(partition);
    Followed& followed = followed_[identity];
    if (followed.file != nullptr) return followed.file;
    if (followed.address.empty()) followed.address = address_of(partition);
    THALWEG_TRY_ASSIGN(FileLocation place, context_.files.resolve(followed.address));
    std::string scheme = followed.address.substr(0, followed.address.size() - place.path.size());
    std::vector<std::string> candidates{place.path};
    auto beside = place.system->list(parent_path(place.path));
    for (const auto& entry : beside.ok() ? beside.value() : std::vector<FileEntry>()) {
      if (entry.identity == identity) candidates.push_back(entry.path);
    }
    for (const auto& path : candidates) {
      auto before = place.system->describe(path);
      if (!before.ok() || before.value().identity != identity) continue;
      auto file = place.system->open_read(path);
      auto after = place.system->describe(path);
      // Renamed in between: what was opened may be another.
      if (!file.ok() || !after.ok() || after.value().identity != identity) continue;
      followed.address = scheme + path;
      followed.file = std::move(file).value();
      return followed.file;
    }
    return std::shared_ptr<ReadableFile>();
  }

  const ReadingOptions reading_;
  const ConnectorContext context_;
  FileFinder finder_;
  std::map<std::string, Followed> followed_;  ///< By identity.
  bool said_many_ = false;
};

}  // namespace

Result<std::unique_ptr<Source>> make_follow_source(ReadingOptions reading,
                                                   const ConnectorContext& context) {
  THALWEG_TRY_ASSIGN(bool lines, check_format(reading, context));
  if (!lines || reading.format == "binary" || reading.format == "csv") {
    return Status(ErrorCode::invalid_argument,
                  "source files: only text and json can be followed, not " + reading.format +
                      "; set follow to false");
  }
  if (reading.clean != CleanSource::off) {
    return Status(ErrorCode::invalid_argument,
                  "source files: files that are followed are never read to their end, so that "
                  "cleanSource can't be set with follow");
  }
  return std::unique_ptr<Source>(std::make_unique<FollowSource>(std::move(reading), context));
}

}  // namespace thalweg::files
