// SPDX-License-Identifier: Apache-2.0
#include "thalweg/dstream/receiver/socket_receiver.h"

#include <array>
#include <streambuf>

#include "thalweg/connectors/tcp_connection.h"

namespace thalweg {
namespace {

constexpr Duration connect_timeout = std::chrono::seconds(10);
constexpr Duration wait_at_once = std::chrono::seconds(1);

}  // namespace

class TcpInput::Buffer final : public std::streambuf {
 public:
  Buffer(const TcpAddress& address, Clock& clock, std::stop_token stop)
      : stop_(std::move(stop)),
        connection_(value_or_throw(TcpConnection::open(address, connect_timeout, clock, stop_))) {}

  [[nodiscard]] Status failure() const { return failure_; }

 protected:
  int_type underflow() override {
    while (failure_.ok()) {
      TcpConnection::State waited = connection_.wait(wait_at_once);
      if (waited == TcpConnection::State::stopped) break;
      std::size_t bytes = 0;
      auto state = connection_.read(bytes_, bytes);
      if (!state.ok()) failure_ = state.status();
      if (bytes > 0) {
        setg(bytes_.data(), bytes_.data(), bytes_.data() + bytes);
        return traits_type::to_int_type(bytes_[0]);
      }
      if (state.ok() && state.value() == TcpConnection::State::ended) break;
    }
    return traits_type::eof();
  }

 private:
  StopEvent stop_;
  TcpConnection connection_;
  std::array<char, 64 << 10> bytes_;
  Status failure_;
};

TcpInput::TcpInput(const std::string& host, int port, Clock& clock, std::stop_token stop)
    : buffer_(std::make_unique<Buffer>(TcpAddress{host, static_cast<std::uint16_t>(port)}, clock,
                                       std::move(stop))),
      stream_(std::make_unique<std::istream>(buffer_.get())) {}

TcpInput::~TcpInput() = default;

Status TcpInput::failure() const { return buffer_->failure(); }

}  // namespace thalweg
