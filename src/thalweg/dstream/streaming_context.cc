// SPDX-License-Identifier: Apache-2.0
#include "thalweg/dstream/streaming_context.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "thalweg/common/log.h"
#include "thalweg/dstream/batch_scheduler.h"
#include "thalweg/runtime/task_context.h"

namespace thalweg {
namespace {

std::atomic<const StreamingContext*> active_context{nullptr};

/// A descriptor that can be set from anywhere, a signal handler included, and polled.
class Event {
 public:
  Event() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() { ::close(fd_); }
  void set() const {
    std::uint64_t one = 1;
    [[maybe_unused]] ssize_t put = ::write(fd_, &one, sizeof one);
  }
  /// How often it was set since the last call.
  [[nodiscard]] std::uint64_t take() const {
    std::uint64_t count = 0;
    return ::read(fd_, &count, sizeof count) == sizeof count ? count : 0;
  }
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
};

std::atomic<const Event*> signal_event{nullptr};

extern "C" void note_signal(int) {
  int saved = errno;
  if (const Event* event = signal_event.load()) event->set();
  errno = saved;
}

/// Handles SIGINT and SIGTERM by setting an event, and puts the old handlers back.
class SignalScope {
 public:
  explicit SignalScope(const Event* event) : active_(event != nullptr) {
    if (!active_) return;
    signal_event = event;
    struct sigaction action {};
    action.sa_handler = note_signal;
    action.sa_flags = SA_RESTART;  // Signals meet any thread; users' calls are not to fail by them.
    ::sigaction(SIGINT, &action, &old_int_);
    ::sigaction(SIGTERM, &action, &old_term_);
  }
  SignalScope(const SignalScope&) = delete;
  SignalScope& operator=(const SignalScope&) = delete;
  ~SignalScope() {
    if (!active_) return;
    ::sigaction(SIGINT, &old_int_, nullptr);
    ::sigaction(SIGTERM, &old_term_, nullptr);
    signal_event = nullptr;
  }

 private:
  const bool active_;
  struct sigaction old_int_ {};
  struct sigaction old_term_ {};
};

}  // namespace

/// What await_termination() sleeps on, and who stops the context meanwhile.
class StreamingContext::Termination {
 public:
  Event changed;  ///< Stays set: there may be several who wait.
  Event signalled;
  std::uint64_t signals = 0;
  std::mutex stoppers_mutex;
  std::vector<std::thread> stoppers;
};

StreamingContext::StreamingContext(const Session& session, Duration batch_interval,
                                   StreamingOptions options)
    : options_(std::move(options)),
      graph_(std::make_shared<StreamGraph>(session, batch_interval)),
      rates_(std::make_shared<RateController>(batch_interval, session.clock(), options_.rates)),
      termination_(std::make_unique<Termination>()) {
  if (options_.block_interval.count() <= 0 || options_.queued_batches_max == 0) {
    throw Error(ErrorCode::invalid_argument,
                "block_interval and queued_batches_max must be positive: got " +
                    to_string(options_.block_interval) + " and " +
                    std::to_string(options_.queued_batches_max));
  }
  if (rates_->learns()) graph_->listeners().add(rates_);
}

StreamingContext::~StreamingContext() {
  if (graph_->state() == StreamingState::active) stop_now(false);
  for (auto& stopper : termination_->stoppers) stopper.join();
  scheduler_.reset();
  graph_->clear();
}

DStream<std::string_view> StreamingContext::socket_text_stream(const std::string& host,
                                                               int port) const {
  OptionTexts options{{"host", host}, {"port", std::to_string(port)}};
  std::size_t line_bytes_max = graph_->session().options.line_bytes_max;
  if (line_bytes_max != SessionOptions().line_bytes_max) {
    options["line_bytes_max"] = std::to_string(line_bytes_max);
  }
  return add_input<ConnectorInputNode<std::string_view>>(
      "socket_text_stream", "socket", std::move(options), block_interval(), *rates_);
}

DStream<std::string_view> StreamingContext::file_stream(const std::string& directory,
                                                        FileStreamOptions options) const {
  auto read = [](const Context& context, const std::vector<std::string>& paths) {
    // Each file is a partition of its own, or several: as many as its size is worth.
    auto splits =
        value_or_throw(split_files(context.session()->files, paths, PartitionCount(0, context)));
    return RDD<std::string_view>(make_node<TextFileNode>(context.session(), std::move(splits)));
  };
  return add_input<FileInputNode<std::string_view>>("text_file_stream", directory,
                                                    std::move(options), read);
}

DStream<std::string_view> StreamingContext::binary_records_stream(const std::string& directory,
                                                                  std::size_t record_bytes) const {
  if (record_bytes == 0) {
    throw Error(ErrorCode::invalid_argument, "binary records must have at least 1 byte: got 0");
  }
  auto read = [record_bytes](const Context& context, const std::vector<std::string>& paths) {
    return RDD<std::string_view>(
        make_node<FixedRecordsNode>(context.session(), paths, record_bytes));
  };
  return add_input<FileInputNode<std::string_view>>("binary_records_stream", directory,
                                                    FileStreamOptions{}, read);
}

void StreamingContext::remember(Duration length) {
  graph_->require_initializing("remember");
  if (length < graph_->batch_interval()) {
    throw Error(ErrorCode::invalid_argument,
                "streams can't remember for less than the batch interval: got " +
                    to_string(length) + ", the interval is " + to_string(graph_->batch_interval()));
  }
  graph_->set_remember(length);
}

void StreamingContext::add_listener(std::shared_ptr<StreamingListener> listener) const {
  graph_->listeners().add(std::move(listener));
}

void StreamingContext::remove_listener(const std::shared_ptr<StreamingListener>& listener) const {
  graph_->listeners().remove(listener);
}

void StreamingContext::stop_at_end() {
  graph_->require_initializing("stop_at_end");
  stop_at_end_ = true;
}

void StreamingContext::start() {
  if (state() == StreamingState::active) {
    throw Error(ErrorCode::invalid_argument, "the streaming context has already started");
  }
  if (state() == StreamingState::stopped) {
    throw Error(ErrorCode::invalid_argument,
                "a streaming context that was stopped can't start again; make a new one");
  }
  const StreamingContext* none = nullptr;
  if (!active_context.compare_exchange_strong(none, this)) {
    throw Error(ErrorCode::invalid_argument,
                "another streaming context is active in this process; stop it first");
  }
  std::unique_ptr<Recovery> recovery;
  try {
    if (!checkpoint_directory_.empty()) {
      recovery = value_or_throw(Recovery::open(graph_, checkpoint_directory_, recovery_options_));
    }
  } catch (...) {
    active_context = nullptr;
    throw;
  }
  scheduler_ = std::make_unique<BatchScheduler>(graph_, options_.queued_batches_max, stop_at_end_,
                                                std::move(recovery),
                                                [this] { termination_->changed.set(); });
  // Before the first batch, which may call stop().
  graph_->set_state(StreamingState::active);
  try {
    scheduler_->start();
  } catch (...) {
    scheduler_.reset();
    graph_->set_state(StreamingState::initialized);
    active_context = nullptr;
    throw;
  }
}

void StreamingContext::checkpoint(const std::string& directory, RecoveryOptions options) {
  graph_->require_initializing("checkpoint");
  if (directory.empty() || options.checkpoint_interval.count() < 0) {
    throw Error(ErrorCode::invalid_argument,
                "checkpoint needs a directory and an interval that is not negative: got \"" +
                    directory + "\" and " + to_string(options.checkpoint_interval));
  }
  checkpoint_directory_ = directory;
  recovery_options_ = std::move(options);
}

std::unique_ptr<StreamingContext> StreamingContext::get_or_create(
    const std::string& directory, const std::function<std::unique_ptr<StreamingContext>()>& setup) {
  auto context = setup();
  if (context == nullptr) {
    throw Error(ErrorCode::invalid_argument, "get_or_create: the setup function returned nothing");
  }
  if (context->checkpoint_directory_.empty()) context->checkpoint(directory);
  return context;
}

void StreamingContext::await_termination() { await(std::nullopt); }

bool StreamingContext::await_termination_or_timeout(Duration timeout) { return await(timeout); }

bool StreamingContext::await(std::optional<Duration> timeout) {
  if (scheduler_ == nullptr) {
    throw Error(ErrorCode::invalid_argument, "the streaming context has not started");
  }
  SignalScope signals(options_.handle_signals ? &termination_->signalled : nullptr);
  const Clock& clock = graph_->session().clock;
  const Time until = timeout ? clock.monotonic() + *timeout : Time::max();
  while (true) {
    auto outcome = scheduler_->outcome();
    if (outcome.failure) throw Error(*outcome.failure);
    if (outcome.finished) {
      stop_now(true);
      return true;
    }
    if (clock.monotonic() >= until) return false;
    int wait_ms = -1;
    if (timeout) {
      auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock.monotonic());
      // A virtual clock moves without telling.
      wait_ms =
          clock.is_real() ? static_cast<int>(std::min<std::int64_t>(left.count(), 60'000)) : 1;
    }
    pollfd events[] = {{termination_->changed.fd(), POLLIN, 0},
                       {termination_->signalled.fd(), POLLIN, 0}};
    ::poll(events, 2, wait_ms);
    for (std::uint64_t i = termination_->signalled.take(); i > 0; --i) {
      bool first = ++termination_->signals == 1;
      log(LogLevel::warning, first ? "stopping: what was received is finished first; "
                                     "once more to stop at once"
                                   : "stopping at once");
      std::lock_guard lock(termination_->stoppers_mutex);
      termination_->stoppers.emplace_back([this, first] { stop_now(first); });
    }
  }
}

void StreamingContext::stop(bool graceful) {
  if (ListenerBus::within_listener()) {
    throw Error(ErrorCode::invalid_argument,
                "a streaming listener can't stop the context it listens to; do it elsewhere");
  }
  if (scheduler_ == nullptr) {
    graph_->set_state(StreamingState::stopped);
    return;
  }
  if (BatchScheduler::on_own_thread() || TaskContext::current() != nullptr) {
    std::lock_guard lock(termination_->stoppers_mutex);
    termination_->stoppers.emplace_back([this, graceful] { stop_now(graceful); });
    return;
  }
  stop_now(graceful);
}

void StreamingContext::stop_now(bool graceful) {
  scheduler_->stop(graceful);
  graph_->set_state(StreamingState::stopped);
  const StreamingContext* self = this;
  active_context.compare_exchange_strong(self, nullptr);
}

std::int64_t StreamingContext::completed_batch_count() const {
  return scheduler_ == nullptr ? 0 : scheduler_->completed_batch_count();
}

}  // namespace thalweg
