// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace thalweg {

/// What the caller can do about a failure. A code exists only when some caller reacts to it
/// differently; the wording goes into the message.
enum class ErrorCode {
  invalid_argument,  ///< The request is wrong; the same call will fail again.
  not_found,         ///< A named thing does not exist.
  unavailable,       ///< The outside world failed; the same call may succeed later.
  data_loss,         ///< Stored bytes are missing or do not match their checksum.
  unsupported,       ///< A correct request that is not implemented; the message says where it is.
  cancelled,         ///< Someone asked us to stop.
  user_error,        ///< A user's function threw; the same input will throw again.
  internal,          ///< A bug in Thalweg; the message ends with "please report this".
};

/// The code as people read it: "invalid_argument".
std::string_view to_string(ErrorCode code);

/// The outcome of an operation: success, or a code and a message for a person. One pointer wide.
///
/// Thread safety: const methods may be called concurrently.
class [[nodiscard]] Status {
 public:
  Status() = default;  ///< Success.
  Status(ErrorCode code, std::string message);
  /// With what a user's function threw, for callers that want more of it than its message.
  Status(ErrorCode code, std::string message, std::exception_ptr cause);

  Status(const Status& other);
  Status& operator=(const Status& other);
  Status(Status&&) noexcept = default;
  Status& operator=(Status&&) noexcept = default;
  ~Status() = default;

  [[nodiscard]] bool ok() const { return !failure_; }

  /// REQUIRES: !ok().
  [[nodiscard]] ErrorCode code() const { return failure_->code; }
  /// REQUIRES: !ok(). Valid as long as this Status.
  [[nodiscard]] std::string_view message() const { return failure_->message; }

  /// What a user's function threw; null where nothing did. REQUIRES: !ok().
  [[nodiscard]] const std::exception_ptr& cause() const { return failure_->cause; }

  /// Returns the same failure with `where` in front of the message; success stays success.
  ///
  ///     return reader.poll(rows_max, wait).status().within("source orders (kafka)");
  [[nodiscard]] Status within(std::string_view where) const;

  /// "ok", or "code: message".
  [[nodiscard]] std::string to_string() const;

 private:
  struct Failure {
    ErrorCode code;
    std::string message;
    std::exception_ptr cause;
  };
  /// Failures are rare and statuses are everywhere: what is done with one is not inlined.
  struct DeleteFailure {
    void operator()(Failure* failure) const;
  };
  std::unique_ptr<Failure, DeleteFailure> failure_;
};

/// What a Result is that was made of a success, without a value: internal.
Status missing_value();

/// A value, or the Status that says why there is none.
///
/// Not made of a std::optional: a program has many types of results, and the bases that an optional
/// has would be instantiated for each of them.
template <typename T>
class [[nodiscard]] Result {
 public:
  // Implicit on purpose: `return value;` and `return status;` both read as they should.
  Result(T value) : value_(std::move(value)), ok_(true) {}          // NOLINT
  Result(Status status) : status_(std::move(status)), ok_(false) {  // NOLINT
    if (status_.ok()) [[unlikely]]
      status_ = missing_value();
  }
  Result(Result&& other) noexcept : status_(std::move(other.status_)), ok_(other.ok_) {
    if (ok_) std::construct_at(&value_, std::move(other.value_));
  }
  Result& operator=(Result&& other) noexcept {
    if (this != &other) {
      std::destroy_at(this);
      std::construct_at(this, std::move(other));
    }
    return *this;
  }
  ~Result() {
    if (ok_) value_.~T();
  }

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] const Status& status() const& { return status_; }
  [[nodiscard]] Status&& status() && { return std::move(status_); }

  /// REQUIRES: ok().
  [[nodiscard]] T& value() & { return value_; }
  [[nodiscard]] const T& value() const& { return value_; }
  [[nodiscard]] T&& value() && { return std::move(value_); }

 private:
  Status status_;  ///< A failure exactly where there is no value.
  union {
    T value_;
  };
  bool ok_;
};

}  // namespace thalweg

/// Returns from the enclosing function when `expression` (a Status) is a failure.
#define THALWEG_TRY(expression)                                    \
  do {                                                             \
    if (::thalweg::Status status_ = (expression); !status_.ok()) { \
      return status_;                                              \
    }                                                              \
  } while (false)

#define THALWEG_JOIN_TOKENS_(a, b) a##b
#define THALWEG_UNIQUE_NAME_(a, line) THALWEG_JOIN_TOKENS_(a, line)
#define THALWEG_TRY_ASSIGN_(declaration, expression, result) \
  auto result = (expression);                                \
  if (!result.ok()) return std::move(result).status();       \
  declaration = std::move(result).value()

/// Declares `declaration` from the value of `expression` (a Result), or returns its failure.
///
///     THALWEG_TRY_ASSIGN(auto file, files.open_read(path));
#define THALWEG_TRY_ASSIGN(declaration, expression) \
  THALWEG_TRY_ASSIGN_(declaration, expression, THALWEG_UNIQUE_NAME_(result_, __LINE__))
