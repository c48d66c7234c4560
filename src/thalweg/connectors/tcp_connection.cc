// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/tcp_connection.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

namespace thalweg {
namespace {

struct FreeAddrinfo {
  void operator()(addrinfo* addresses) const { freeaddrinfo(addresses); }
};
using AddrinfoList = std::unique_ptr<addrinfo, FreeAddrinfo>;

Status cancelled() { return {ErrorCode::cancelled, "source socket: stopped"}; }

Status unavailable(std::string_view what, const TcpAddress& address, int error,
                   std::string_view advice) {
  return {ErrorCode::unavailable,
          "source socket: " + std::string(what) + ": " + to_string(address) + " (" +
              std::generic_category().message(error) + "); " + std::string(advice)};
}

Status connect_failure(const TcpAddress& address, int error) {
  return unavailable(error == ECONNREFUSED ? "connection refused" : "connection failed", address,
                     error, "start a server there or check \"host\" and \"port\"");
}

Result<AddrinfoList> look_up(const TcpAddress& address) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  int error =
      getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
  if (error != 0) {
    return Status(ErrorCode::unavailable, "source socket: host not found: " + to_string(address) +
                                              " (" + gai_strerror(error) + "); check \"host\"");
  }
  return AddrinfoList(found);
}

timespec to_timespec(Duration length) {
  auto micros = std::max<std::int64_t>(0, length.count());
  return {micros / 1'000'000, micros % 1'000'000 * 1000};
}

/// Waits until `fd` has `events` or `stop` was requested. False when the time was over first.
bool wait_for(int fd, short events, const StopEvent& stop, Duration wait) {
  pollfd waited[] = {{fd, events, 0}, {stop.fd(), POLLIN, 0}};
  timespec time = to_timespec(wait);
  return ppoll(waited, 2, &time, nullptr) > 0;
}

/// Connects `fd`. Returns the error's number; 0: connected; ECANCELED: stop was requested.
int connect_socket(int fd, const addrinfo& target, Time deadline, Clock& clock,
                   const StopEvent& stop) {
  if (::connect(fd, target.ai_addr, target.ai_addrlen) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  while (true) {
    Duration left = deadline - clock.monotonic();
    bool ready = wait_for(fd, POLLOUT, stop, left);
    if (stop.requested()) return ECANCELED;
    if (ready) break;
    // A signal may have ended the wait early. A clock that stands still has waited long enough.
    if (!clock.is_real() || clock.monotonic() >= deadline) return ETIMEDOUT;
  }
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}

void notice_dead_peers(int fd) {
  // A machine that lost its power sends no end. Failing to set this costs only the notice.
  int on = 1;
  int idle_seconds = 60;
  int probe_seconds = 10;
  setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_seconds, sizeof idle_seconds);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &probe_seconds, sizeof probe_seconds);
}

}  // namespace

std::string to_string(const TcpAddress& address) {
  bool is_ipv6 = address.host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

TcpConnection::TcpConnection(TcpAddress address, int fd, const StopEvent& stop)
    : address_(std::move(address)), stop_(&stop), fd_(fd), wake_fd_(epoll_create1(EPOLL_CLOEXEC)) {
  for (int watched : {fd_, stop_->fd()}) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLRDHUP;
    event.data.fd = watched;
    epoll_ctl(wake_fd_, EPOLL_CTL_ADD, watched, &event);
  }
}

TcpConnection::TcpConnection(TcpConnection&& other) noexcept
    : address_(std::move(other.address_)),
      stop_(other.stop_),
      fd_(std::exchange(other.fd_, -1)),
      wake_fd_(std::exchange(other.wake_fd_, -1)) {}

TcpConnection::~TcpConnection() {
  if (wake_fd_ >= 0) ::close(wake_fd_);
  if (fd_ >= 0) ::close(fd_);
}

Result<TcpConnection> TcpConnection::open(const TcpAddress& address, Duration timeout, Clock& clock,
                                          const StopEvent& stop) {
  if (stop.requested()) return cancelled();
  Time deadline = clock.monotonic() + timeout;
  THALWEG_TRY_ASSIGN(AddrinfoList addresses, look_up(address));
  int failure = 0;
  for (const addrinfo* target = addresses.get(); target != nullptr; target = target->ai_next) {
    int fd = ::socket(target->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int error = fd < 0 ? errno : connect_socket(fd, *target, deadline, clock, stop);
    if (error == 0) {
      notice_dead_peers(fd);
      return TcpConnection(address, fd, stop);
    }
    if (fd >= 0) ::close(fd);
    if (error == ECANCELED) return cancelled();
    // Of several addresses the one that refused says most: the host is there.
    if (failure == 0 || error == ECONNREFUSED) failure = error;
  }
  return connect_failure(address, failure);
}

TcpConnection::State TcpConnection::wait(Duration wait) const {
  wait_for(fd_, POLLIN, *stop_, wait);
  if (stop_->requested()) return State::stopped;
  return State::ready;
}

Result<TcpConnection::State> TcpConnection::read(std::span<char> room, std::size_t& bytes) const {
  while (bytes < room.size()) {
    ssize_t got = ::recv(fd_, room.data() + bytes, room.size() - bytes, 0);
    if (got == 0) return State::ended;
    if (got > 0) {
      bytes += static_cast<std::size_t>(got);
      continue;
    }
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) break;
    return unavailable(errno == ECONNRESET ? "connection reset by the server" : "connection lost",
                       address_, errno, "look into the server's log");
  }
  return bytes == 0 ? State::nothing : State::ready;
}

}  // namespace thalweg
