// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "thalweg/common/clock.h"
#include "thalweg/common/status.h"
#include "thalweg/connectors/stop_event.h"

namespace thalweg {

/// A server's name and port.
struct TcpAddress {
  std::string host;
  std::uint16_t port = 0;
};

/// "localhost:9999", "[::1]:9999".
std::string to_string(const TcpAddress& address);

/// A TCP connection for reading. One thread.
class TcpConnection {
 public:
  /// What wait() and read() found.
  enum class State {
    ready,    ///< There may be bytes, or there were.
    nothing,  ///< None came.
    ended,    ///< The server has closed its side.
    stopped,  ///< Stop was requested.
  };

  /// Looks the host up and connects to the first of its addresses that answers. `stop` must outlive
  /// the connection. Looking a name up can't be interrupted, nor does it count as waiting.
  ///
  /// Errors: unavailable with the address and the reason; cancelled when stop was requested.
  static Result<TcpConnection> open(const TcpAddress& address, Duration timeout, Clock& clock,
                                    const StopEvent& stop);

  TcpConnection(TcpConnection&& other) noexcept;
  TcpConnection& operator=(TcpConnection&&) = delete;
  ~TcpConnection();

  /// Waits at most `wait` for bytes, an end or a stop. The system's time, whatever the clock.
  State wait(Duration wait) const;

  /// Reads what is there into `room`, without waiting, and counts it in `bytes`.
  /// Errors: unavailable when the connection is lost; bytes read before that are counted.
  Result<State> read(std::span<char> room, std::size_t& bytes) const;

  /// Readable when wait() would not wait. Valid as long as the connection.
  [[nodiscard]] int wake_fd() const { return wake_fd_; }

 private:
  TcpConnection(TcpAddress address, int fd, const StopEvent& stop);

  TcpAddress address_;
  const StopEvent* stop_;
  int fd_;
  int wake_fd_;
};

}  // namespace thalweg
