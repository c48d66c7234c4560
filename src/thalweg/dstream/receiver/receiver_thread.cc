// SPDX-License-Identifier: Apache-2.0
#include "thalweg/dstream/receiver/receiver_thread.h"

#include "thalweg/common/log.h"

namespace thalweg {

void ReceiverThread::start(Body body, Duration restart_delay) {
  thread_ = std::jthread([this, body = std::move(body), restart_delay](std::stop_token stop) {
    loop(stop, body, restart_delay);
  });
}

void ReceiverThread::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

void ReceiverThread::report_error(const std::string& message) {
  report_.last_error = message;
  graph_.listeners().post(
      [&](StreamingListener& listener) { listener.on_receiver_error(report_); });
}

void ReceiverThread::loop(const std::stop_token& stop, const Body& body, Duration restart_delay) {
  ListenerBus& listeners = graph_.listeners();
  report_.active = true;
  listeners.post([&](StreamingListener& listener) { listener.on_receiver_started(report_); });
  while (!stop.stop_requested()) {
    Outcome outcome;
    try {
      outcome = body(stop);
    } catch (const std::exception& error) {
      outcome = {restart_delay, error.what()};
    } catch (...) {
      outcome = {restart_delay, "an exception that is not a std::exception"};
    }
    if (!outcome.error.empty() && !stop.stop_requested()) {
      log(LogLevel::warning,
          "receiver " + report_.name + ": " + outcome.error +
              (outcome.again_after ? "; again in " + to_string(*outcome.again_after) : ""));
      report_error(outcome.error);
    }
    if (!outcome.message.empty()) {
      log(LogLevel::info, "receiver " + report_.name + " has ended: " + outcome.message);
    }
    if (!outcome.again_after) break;
    Clock& clock = graph_.session().clock;
    if (!clock.wait_until(clock.now() + *outcome.again_after, stop)) break;
  }
  report_.active = false;
  ended_ = true;
  listeners.post([&](StreamingListener& listener) { listener.on_receiver_stopped(report_); });
}

}  // namespace thalweg
