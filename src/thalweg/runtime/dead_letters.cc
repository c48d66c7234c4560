// SPDX-License-Identifier: Apache-2.0
#include "thalweg/runtime/dead_letters.h"

#include <algorithm>
#include <cstdio>
#include <limits>

#include "thalweg/common/error.h"
#include "thalweg/common/log.h"
#include "thalweg/common/text.h"

namespace thalweg {
namespace {

/// Bytes that are not UTF-8 are taken as Latin-1: what is written must be JSON.
void append_json_text(std::string_view text, std::string& out) {
  const bool latin = !is_utf8(text);
  out += '"';
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || (latin && byte >= 0x80)) {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\u%04x", byte);
      out += escaped;
    } else {
      out += c;
    }
  }
  out += '"';
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      group = group << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0U);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      bool padding = i + j > bytes.size();
      out += padding ? '=' : digits[group >> (18 - 6 * j) & 63];
    }
  }
  return out;
}

std::string to_json(const DeadLetter& letter) {
  std::string out = "{\"source\":";
  append_json_text(letter.source, out);
  out += ",\"position\":";
  append_json_text(letter.position, out);
  out += ",\"reason\":";
  append_json_text(letter.reason, out);
  if (is_utf8(letter.bytes)) {
    out += ",\"text\":";
    append_json_text(letter.bytes, out);
  } else {
    out += ",\"base64\":\"" + base64(letter.bytes) + "\"";
  }
  return out + "}\n";
}

}  // namespace

void DeadLetters::add_output(Output output) {
  std::lock_guard lock(mutex_);
  outputs_.push_back(std::move(output));
}

void DeadLetters::save_as_json_lines(FileSystem& files, const std::string& path) {
  std::shared_ptr<WritableFile> file = value_or_throw(files.open_write(path));
  add_output([file, path](const DeadLetter& letter) {
    if (Status written = file->append(to_json(letter)); !written.ok()) {
      log(LogLevel::error, "dead letter lost: " + std::string(written.message()));
    }
  });
}

void DeadLetters::add(std::vector<DeadLetter> letters) {
  if (letters.empty()) return;
  std::lock_guard lock(mutex_);
  if (count_ == 0) {
    const DeadLetter& first = letters.front();
    log(LogLevel::warning, "first dead letter: " + first.source + " " + first.position + ": " +
                               first.reason + ": " + excerpt(first.bytes));
  }
  for (auto& letter : letters) {
    for (const auto& output : outputs_) output(letter);
    ++count_;
    latest_.push_back(std::move(letter));
    if (latest_.size() > kept_letters_max) latest_.pop_front();
  }
}

void DeadLetters::add_pass(RddId owner, int partition, std::vector<DeadLetter> letters) {
  if (letters.empty()) return;
  {
    std::lock_guard lock(mutex_);
    std::size_t& added = added_[{owner, partition}];
    std::size_t known = std::min(added, letters.size());
    added = std::max(added, letters.size());
    letters.erase(letters.begin(), letters.begin() + static_cast<std::ptrdiff_t>(known));
  }
  add(std::move(letters));
}

void DeadLetters::forget(RddId owner) {
  std::lock_guard lock(mutex_);
  added_.erase(added_.lower_bound({owner, 0}),
               added_.upper_bound({owner, std::numeric_limits<int>::max()}));
}

std::int64_t DeadLetters::count() const {
  std::lock_guard lock(mutex_);
  return count_;
}

std::vector<DeadLetter> DeadLetters::latest() const {
  std::lock_guard lock(mutex_);
  return {latest_.begin(), latest_.end()};
}

}  // namespace thalweg
