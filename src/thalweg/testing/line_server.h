// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "thalweg/common/check.h"

namespace thalweg::testing {

/// What a LineServer does with a client.
struct Reply {
  enum class End {
    close,  ///< Ends the connection in order when everything was sent.
    reset,  ///< Breaks it: the client sees "connection reset by peer".
    hang,   ///< Leaves it open, for send() and end_clients().
  };
  std::string bytes;
  End end = End::close;
  /// The bytes are written in pieces of this size, each in a packet of its own; 0: all at once.
  std::size_t fragment_bytes = 0;
};

/// A TCP server on a free port of the loopback interface, with a thread of its own. The n-th client
/// gets the n-th reply, and those after the last reply get that again. A client may read as slowly
/// as it likes; what it sends is not read.
///
/// Thread safety: all methods may be called concurrently.
class LineServer {
 public:
  explicit LineServer(std::vector<Reply> replies) : replies_(std::move(replies)) {
    THALWEG_CHECK(!replies_.empty(), "line server without a reply");
    listen_fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    port_ = bind_to_free_port(listen_fd_);
    THALWEG_CHECK(::listen(listen_fd_, 64) == 0, "line server can't listen");
    thread_ = std::thread([this] { run(); });
  }
  explicit LineServer(Reply reply) : LineServer(std::vector<Reply>{std::move(reply)}) {}
  /// A server whose clients get what send() says.
  LineServer() : LineServer(Reply{{}, Reply::End::hang, 0}) {}

  LineServer(const LineServer&) = delete;
  LineServer& operator=(const LineServer&) = delete;

  ~LineServer() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake();
    thread_.join();
    for (Client& client : clients_) close_client(client);
    ::close(listen_fd_);
    ::close(wake_fd_);
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }

  /// A port that nobody listens on. Another process may take it at any time.
  static std::uint16_t unused_port() {
    int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    std::uint16_t port = bind_to_free_port(fd);
    ::close(fd);
    return port;
  }

  /// Waits until `count` clients have been accepted in all.
  void wait_for_clients(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return accepted_count_ >= count; });
  }

  [[nodiscard]] std::size_t client_count() const {
    std::lock_guard lock(mutex_);
    return accepted_count_;
  }

  /// Sends to all clients that are connected, behind what they still have to get.
  void send(std::string_view bytes) {
    {
      std::lock_guard lock(mutex_);
      for (Client& client : clients_) client.unsent += bytes;
    }
    wake();
  }

  /// What the system has not taken yet, of all clients together.
  [[nodiscard]] std::size_t unsent_bytes() const {
    std::lock_guard lock(mutex_);
    std::size_t bytes = 0;
    for (const Client& client : clients_) bytes += client.unsent.size() - client.sent;
    return bytes;
  }

  /// Waits until the system has taken everything for all clients.
  void wait_until_sent() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] {
      return std::all_of(clients_.begin(), clients_.end(),
                         [](const Client& client) { return client.unsent.empty(); });
    });
  }

  /// Ends the clients that are connected, when they were sent everything. `end` is not hang.
  void end_clients(Reply::End end) {
    {
      std::lock_guard lock(mutex_);
      for (Client& client : clients_) client.end = end;
    }
    wake();
  }

 private:
  struct Client {
    int fd = -1;
    std::string unsent;
    std::size_t sent = 0;
    Reply::End end = Reply::End::hang;
    std::size_t fragment_bytes = 0;
  };

  static std::uint16_t bind_to_free_port(int fd) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    THALWEG_CHECK(::bind(fd, generic, size) == 0, "line server can't bind");
    THALWEG_CHECK(::getsockname(fd, generic, &size) == 0, "line server has no port");
    return ntohs(address.sin_port);
  }

  void wake() { eventfd_write(wake_fd_, 1); }

  void run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      accept_clients();
      for (Client& client : clients_) serve(client);
      std::erase_if(clients_, [](const Client& client) { return client.fd < 0; });
      changed_.notify_all();
      std::vector<pollfd> waited{{wake_fd_, POLLIN, 0}, {listen_fd_, POLLIN, 0}};
      for (const Client& client : clients_) {
        if (!client.unsent.empty()) waited.push_back({client.fd, POLLOUT, 0});
      }
      lock.unlock();
      ::poll(waited.data(), waited.size(), -1);
      eventfd_t wakes = 0;
      eventfd_read(wake_fd_, &wakes);
      lock.lock();
    }
  }

  void accept_clients() {
    int fd = -1;
    while ((fd = ::accept4(listen_fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
      int on = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      const Reply& reply = replies_[std::min(accepted_count_, replies_.size() - 1)];
      clients_.push_back({fd, reply.bytes, 0, reply.end, reply.fragment_bytes});
      ++accepted_count_;
    }
  }

  static void serve(Client& client) {
    while (client.sent < client.unsent.size()) {
      std::size_t size = client.unsent.size() - client.sent;
      if (client.fragment_bytes > 0) size = std::min(size, client.fragment_bytes);
      ssize_t sent = ::send(client.fd, client.unsent.data() + client.sent, size, MSG_NOSIGNAL);
      if (sent < 0 && errno == EINTR) continue;
      if (sent < 0 && errno == EAGAIN) return;
      if (sent < 0) {
        // The client has gone.
        client.end = Reply::End::close;
        break;
      }
      client.sent += static_cast<std::size_t>(sent);
    }
    client.unsent.clear();
    client.sent = 0;
    if (client.end != Reply::End::hang) close_client(client);
  }

  static void close_client(Client& client) {
    if (client.fd < 0) return;
    if (client.end == Reply::End::reset) {
      linger at_once{1, 0};
      ::setsockopt(client.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    ::close(client.fd);
    client.fd = -1;
  }

  const std::vector<Reply> replies_;
  int listen_fd_ = -1;
  const int wake_fd_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Client> clients_;
  std::size_t accepted_count_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace thalweg::testing
