// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/stop_event.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <latch>
#include <memory>
#include <thread>

#include <gtest/gtest.h>

namespace thalweg {
namespace {

bool is_readable(int fd) {
  pollfd waited{fd, POLLIN, 0};
  return ::poll(&waited, 1, 0) == 1;
}

TEST(StopEventTest, BecomesReadableAndStaysSo) {
  std::stop_source stop;
  StopEvent event(stop.get_token());
  EXPECT_FALSE(is_readable(event.fd()) || event.requested());

  stop.request_stop();

  EXPECT_TRUE(is_readable(event.fd()) && is_readable(event.fd()) && event.requested());
  EXPECT_TRUE(is_readable(StopEvent(stop.get_token()).fd()));
}

TEST(StopEventTest, WritesToNoDescriptorThatIsNoLongerItsOwn) {
  for (int round = 0; round < 200; ++round) {
    std::stop_source stop;
    auto event = std::make_unique<StopEvent>(stop.get_token());
    std::latch both(2);
    std::thread stopper([&] {
      both.arrive_and_wait();
      stop.request_stop();
    });
    both.arrive_and_wait();
    event.reset();
    // Most likely the number that the event had.
    int next = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    stopper.join();
    EXPECT_FALSE(is_readable(next));
    ::close(next);
  }
}

}  // namespace
}  // namespace thalweg
