// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/socket/source.h"

#include <utility>

#include "thalweg/connectors/line_buffer.h"
#include "thalweg/connectors/stop_event.h"
#include "thalweg/connectors/tcp_connection.h"

namespace thalweg::socket {
namespace {

class SocketReader final : public PartitionReader {
 public:
  SocketReader(TcpAddress address, std::size_t line_bytes_max, const ConnectorContext& context)
      : address_(std::move(address)), stop_(context.stop), lines_(line_bytes_max, context.memory) {}

  Status connect(Duration timeout, Clock& clock) {
    THALWEG_TRY_ASSIGN(TcpConnection connection,
                       TcpConnection::open(address_, timeout, clock, stop_));
    connection_ = std::make_unique<TcpConnection>(std::move(connection));
    return {};
  }

  Result<Polled> poll(std::size_t rows_max, Duration wait) override {
    if (stop_.requested()) return cancelled();
    if (!lines_.has_records()) {
      if (!failure_.ok()) return failure_;
      if (connection_->wait(wait) == TcpConnection::State::stopped) return cancelled();
      read();
    }
    if (!lines_.has_records() && !failure_.ok() && !ended_) return failure_;
    return lines_.take(rows_max);
  }

  Position position() const override { return {"offset=" + std::to_string(lines_.offset())}; }
  bool finished() const override { return ended_ && !lines_.has_records(); }
  int wake_fd() const override { return connection_->wake_fd(); }

 private:
  static Status cancelled() { return {ErrorCode::cancelled, "source socket: stopped"}; }

  /// Takes what has arrived. A failure is kept until the lines before it were given out.
  void read() {
    std::size_t bytes = 0;
    auto state = connection_->read(lines_.room(), bytes);
    lines_.add(bytes);
    if (!state.ok()) {
      failure_ = state.status();
      lines_.break_off("the connection was lost before its end");
    } else if (state.value() == TcpConnection::State::ended) {
      ended_ = true;
      failure_ = Status(ErrorCode::unavailable,
                        "source socket: connection closed by the server: " + to_string(address_) +
                            "; everything it sent was read, start it again to go on");
      lines_.end();
    }
  }

  const TcpAddress address_;
  const StopEvent stop_;
  std::unique_ptr<TcpConnection> connection_;
  LineBuffer lines_;
  bool ended_ = false;
  Status failure_;
};

class SocketSource final : public Source {
 public:
  SocketSource(const Options& options, const ConnectorContext& context)
      : address_{options.text("host"), static_cast<std::uint16_t>(options.integer("port"))},
        line_bytes_max_(static_cast<std::size_t>(options.integer("line_bytes_max"))),
        connect_timeout_(options.millis("connect_timeout_ms")),
        reconnect_(options.millis("reconnect_ms")),
        context_(context) {}

  Result<Discovered> discover(std::string_view resume) override {
    Discovered found{{}, to_string(address_)};
    if (resume.empty()) found.partitions.push_back({to_string(address_)});
    return found;
  }

  Result<std::unique_ptr<PartitionReader>> open(const Partition&, const Position&) override {
    auto reader = std::make_unique<SocketReader>(address_, line_bytes_max_, context_);
    THALWEG_TRY(reader->connect(connect_timeout_, context_.clock));
    return std::unique_ptr<PartitionReader>(std::move(reader));
  }

  bool replayable() const override { return false; }
  Duration retry_wait() const override { return reconnect_; }

 private:
  const TcpAddress address_;
  const std::size_t line_bytes_max_;
  const Duration connect_timeout_;
  const Duration reconnect_;
  const ConnectorContext context_;
};

}  // namespace

std::unique_ptr<Source> make_source(const Options& options, const ConnectorContext& context) {
  return std::make_unique<SocketSource>(options, context);
}

}  // namespace thalweg::socket
