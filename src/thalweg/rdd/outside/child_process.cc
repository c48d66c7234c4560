// SPDX-License-Identifier: Apache-2.0
#include "thalweg/rdd/outside/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "thalweg/common/check.h"
#include "thalweg/runtime/task_context.h"

namespace thalweg {
namespace {

Status failure(ErrorCode code, const std::string& what, int error, const char* advice = "") {
  return {code, what + " (" + std::generic_category().message(error) + ")" + advice};
}

void close_once(int& descriptor) {
  if (descriptor >= 0) ::close(std::exchange(descriptor, -1));
}

/// Two ends of a pipe that programs started meanwhile do not inherit.
struct Pipe {
  Pipe() {
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) error = errno;
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    for (int& end : ends) close_once(end);
  }

  std::array<int, 2> ends{-1, -1};  ///< To read from, to write to.
  int error = 0;
};

/// How a program is started, as posix_spawn wants it.
class SpawnPlan {
 public:
  SpawnPlan(const ChildCommand& command, int input, int output) {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
    // A descriptor that is already in its place stays open, too.
    ::posix_spawn_file_actions_adddup2(&actions_, input, STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    if (!command.directory.empty()) {
      ::posix_spawn_file_actions_addchdir_np(&actions_, command.directory.c_str());
    }
    // Python ignores SIGPIPE, worker threads block signals: none of the program's business.
    sigset_t signals;
    sigemptyset(&signals);
    ::posix_spawnattr_setsigmask(&attributes_, &signals);
    sigaddset(&signals, SIGPIPE);
    ::posix_spawnattr_setsigdefault(&attributes_, &signals);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    ::posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    for (const std::string& word : command.words) {
      arguments_.push_back(const_cast<char*>(word.c_str()));
    }
    arguments_.push_back(nullptr);
    for (const auto& [name, value] : command.environment) added_.push_back(name + "=" + value);
    for (char** variable = environ; *variable != nullptr; ++variable) {
      std::string_view text(*variable);
      std::string name(text.substr(0, text.find('=')));
      if (!command.environment.contains(name)) environment_.push_back(*variable);
    }
    for (std::string& variable : added_) environment_.push_back(variable.data());
    environment_.push_back(nullptr);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  ~SpawnPlan() {
    ::posix_spawnattr_destroy(&attributes_);
    ::posix_spawn_file_actions_destroy(&actions_);
  }

  /// 0, or why not.
  int run(pid_t& id) {
    return ::posix_spawnp(&id, arguments_[0], &actions_, &attributes_, arguments_.data(),
                          environment_.data());
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
  std::vector<char*> arguments_;
  std::vector<std::string> added_;
  std::vector<char*> environment_;
};

Status not_started(const ChildCommand& command, int error) {
  std::string what = "can't run the command: " + command.text();
  if (!command.directory.empty()) what += ", in the directory " + command.directory;
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return failure(ErrorCode::not_found, what, error,
                     "; name a program that is in PATH, or its full path");
    case EAGAIN:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return failure(ErrorCode::unavailable, what, error);
    default:
      return failure(ErrorCode::invalid_argument, what, error);
  }
}

/// Keeps the SIGPIPE from this thread that a write to a closed pipe brings about.
class NoPipeSignal {
 public:
  NoPipeSignal() {
    sigemptyset(&signal_);
    sigaddset(&signal_, SIGPIPE);
    sigset_t pending;
    ::sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    ::pthread_sigmask(SIG_BLOCK, &signal_, &before_);
  }
  NoPipeSignal(const NoPipeSignal&) = delete;
  NoPipeSignal& operator=(const NoPipeSignal&) = delete;
  ~NoPipeSignal() {
    const timespec now{};
    while (!was_pending_ && ::sigtimedwait(&signal_, nullptr, &now) == -1 && errno == EINTR) {
    }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t signal_;
  sigset_t before_;
  bool was_pending_;
};

/// Waits for any of the descriptors, of which negative ones are left out.
template <std::size_t count>
Status poll_all(std::array<pollfd, count>& waited) {
  while (::poll(waited.data(), waited.size(), -1) < 0) {
    if (errno != EINTR) return failure(ErrorCode::unavailable, "can't wait for a command", errno);
  }
  return {};
}

std::string describe_end(int status) {
  if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    const char* name = ::sigdescr_np(signal);
    return "was ended by signal " + std::to_string(signal) + " (" + (name ? name : "unknown") + ")";
  }
  const int code = WEXITSTATUS(status);
  return code == 0 ? "" : "ended with exit code " + std::to_string(code);
}

}  // namespace

std::string ChildCommand::text() const {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += ' ';
    text += word;
  }
  return text;
}

Result<std::unique_ptr<ChildProcess>> ChildProcess::start(const ChildCommand& command) {
  Pipe input;
  Pipe output;
  if (int error = input.error != 0 ? input.error : output.error; error != 0) {
    return not_started(command, error);
  }
  // Only this end: the program waits for its input as programs do.
  if (::fcntl(input.ends[1], F_SETFL, O_NONBLOCK) != 0) return not_started(command, errno);
  std::unique_ptr<ChildProcess> child(
      new ChildProcess(std::exchange(input.ends[1], -1), std::exchange(output.ends[0], -1)));
  pid_t id = -1;
  int error = SpawnPlan(command, input.ends[0], output.ends[1]).run(id);
  if (error != 0) return not_started(command, error);
  child->id_ = id;
  return child;
}

ChildProcess::~ChildProcess() {
  close_once(input_);
  close_once(output_);
  if (id_ < 0) return;
  ::kill(-id_, SIGKILL);
  while (::waitpid(id_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

Result<ChildProcess::Ready> ChildProcess::wait_until_ready(const StopEvent& stop) {
  std::array<pollfd, 3> waited{pollfd{stop.fd(), POLLIN, 0}, pollfd{input_, POLLOUT, 0},
                               pollfd{output_, POLLIN, 0}};
  THALWEG_TRY(poll_all(waited));
  return Ready{waited[1].revents != 0, waited[2].revents != 0};
}

Result<std::size_t> ChildProcess::write(std::string_view bytes) {
  NoPipeSignal no_signal;
  while (true) {
    ssize_t written = ::write(input_, bytes.data(), bytes.size());
    if (written >= 0) return static_cast<std::size_t>(written);
    switch (errno) {
      case EINTR:
        continue;
      case EAGAIN:
        return std::size_t{0};
      case EPIPE:
        close_input();
        return std::size_t{0};
      default:
        return failure(ErrorCode::unavailable, "can't write to a command", errno);
    }
  }
}

void ChildProcess::close_input() { close_once(input_); }

Result<std::size_t> ChildProcess::read(std::span<char> room) {
  while (true) {
    ssize_t got = ::read(output_, room.data(), room.size());
    if (got > 0) return static_cast<std::size_t>(got);
    if (got == 0) {
      close_once(output_);
      return std::size_t{0};
    }
    if (errno != EINTR) return failure(ErrorCode::unavailable, "can't read of a command", errno);
  }
}

Result<std::string> ChildProcess::wait(const StopEvent& stop) {
  // glibc has a function for it from 2.36 on only.
  int ended = static_cast<int>(::syscall(SYS_pidfd_open, id_, 0));
  if (ended < 0) return failure(ErrorCode::unavailable, "can't wait for a command", errno);
  std::array<pollfd, 2> waited{pollfd{stop.fd(), POLLIN, 0}, pollfd{ended, POLLIN, 0}};
  Status polled = poll_all(waited);
  ::close(ended);
  THALWEG_TRY(polled);
  if (waited[1].revents == 0) return job_stopped();
  int status = 0;
  while (::waitpid(id_, &status, 0) < 0) {
    if (errno != EINTR) return failure(ErrorCode::unavailable, "can't wait for a command", errno);
  }
  id_ = -1;
  return describe_end(status);
}

}  // namespace thalweg
