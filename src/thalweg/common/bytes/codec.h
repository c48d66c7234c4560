// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace thalweg {

/// Appends values to bytes. Numbers are little-endian; lengths are LEB128 variable integers
/// (docs/formats/records.md).
class Encoder {
 public:
  void put_bytes(std::string_view bytes);
  void put_length(std::uint64_t length);
  void put_text(std::string_view text);
  /// A trivially copyable number of 1, 2, 4, 8 or 16 bytes.
  template <typename T>
  void put_number(T value) {
    char bytes[sizeof(T)];
    std::memcpy(bytes, &value, sizeof(T));
    put_bytes({bytes, sizeof(T)});
  }

  [[nodiscard]] const std::string& bytes() const { return out_; }
  std::string take() { return std::move(out_); }
  void clear() { out_.clear(); }

 private:
  std::string out_;
};

/// Reads what an Encoder wrote. After the first malformed value failed() is true and everything
/// read is zero or empty; nothing outside the bytes is touched.
class Decoder {
 public:
  /// `bytes` must outlive the decoder and every view it returned.
  explicit Decoder(std::string_view bytes) : left_(bytes) {}

  std::string_view get_bytes(std::size_t size);
  std::uint64_t get_length();
  std::string_view get_text();
  template <typename T>
  T get_number() {
    T value{};
    std::string_view bytes = get_bytes(sizeof(T));
    if (!bytes.empty()) std::memcpy(&value, bytes.data(), sizeof(T));
    return value;
  }

  /// For a reader that found what can't be: as if the bytes had ended here.
  void fail() {
    failed_ = true;
    left_ = {};
  }
  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] std::size_t bytes_left() const { return left_.size(); }

 private:
  std::string_view left_;
  bool failed_ = false;
};

}  // namespace thalweg
