// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <istream>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include "thalweg/common/clock.h"
#include "thalweg/dstream/receiver/receiver.h"

namespace thalweg {

/// The bytes that a TCP server sends, as a standard stream. It ends when the server closes, when
/// the connection is lost, or when a stop is requested; failure() then says why.
///
/// One thread.
class TcpInput {
 public:
  /// Connects. `clock` must outlive it. Errors: throws Error(unavailable).
  TcpInput(const std::string& host, int port, Clock& clock, std::stop_token stop);
  ~TcpInput();
  TcpInput(const TcpInput&) = delete;
  TcpInput& operator=(const TcpInput&) = delete;

  std::istream& stream() { return *stream_; }
  /// Ok when the server closed the connection in order, or none was lost yet.
  [[nodiscard]] Status failure() const;

 private:
  class Buffer;
  std::unique_ptr<Buffer> buffer_;
  std::unique_ptr<std::istream> stream_;
};

/// Receives what a function reads from a TCP connection.
template <OwningRecord T>
class SocketReceiver final : public Receiver<T> {
 public:
  using Converter = std::function<std::optional<T>(std::istream& in)>;

  SocketReceiver(std::string host, int port, Clock& clock, Converter converter)
      : host_(std::move(host)), port_(port), clock_(clock), converter_(std::move(converter)) {}

  void on_start() override {
    std::stop_source stop;
    {
      std::lock_guard lock(mutex_);
      stop_ = stop;
    }
    if (this->is_stopped()) return;
    TcpInput input(host_, port_, clock_, stop.get_token());
    while (std::optional<T> record = converter_(input.stream())) {
      if (!this->store(std::move(*record))) return;
    }
    if (Status failure = input.failure(); !failure.ok()) {
      this->restart(std::string(failure.message()));
    } else {
      this->restart("the server at " + host_ + ":" + std::to_string(port_) +
                    " has ended, or what it sent could not be read");
    }
  }
  void on_stop() override {
    std::lock_guard lock(mutex_);
    stop_.request_stop();
  }

 private:
  const std::string host_;
  const int port_;
  Clock& clock_;
  const Converter converter_;
  std::mutex mutex_;
  std::stop_source stop_;
};

}  // namespace thalweg
