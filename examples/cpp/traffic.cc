// SPDX-License-Identifier: Apache-2.0
//
// A web site to watch: plays its access log, in Apache's combined format, to the one program that
// connects, and then says what it sent.
//
//     traffic [--port N] [--seed N] [--seconds N] [--pace LINES] [--log FILE]
//
// Without a log it makes up a busy site: pages and clients of which few get most of the hits, a
// back end that fails for a while half-way, and now and then a line that is not as it should be.
// The same seed, pace and seconds give the same lines but for the times in them. The first line it
// prints says where it listens, the last one what it counted.
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "made_up_site.h"
#include <thalweg/common/clock.h>

namespace {

using site::Line;
using site::Traffic;
using thalweg::SystemClock;
using thalweg::Time;

constexpr std::size_t line_bytes_max = std::size_t{1} << 20;  // Longer ones no reader has to take.

volatile sig_atomic_t interrupted = 0;

struct Options {
  std::int64_t port = 0;  ///< 0: any that is free.
  std::int64_t seed = 42;
  std::int64_t seconds = 0;  ///< 0: to the end of the log, or 30.
  std::int64_t pace = 500;   ///< Lines a second, on average.
  std::string log;
};

/// What was sent. Knows of a line what its writer says of it.
struct Totals {
  std::int64_t lines = 0;
  std::int64_t classes[6] = {};  ///< By the first digit of the status; 0: malformed.
  std::int64_t bytes = 0;

  void add(int status, std::int64_t size) {
    ++lines;
    ++classes[status / 100];
    bytes += size;
  }
};

std::int64_t whole_number(std::string_view text) {
  std::int64_t value = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  bool whole = failure == std::errc() && end == text.data() + text.size();
  return whole ? value : -1;
}

/// What a line says of itself. This count shares nothing with those that it is compared with.
Line read_line(std::string_view text) {
  Line line{std::string(text) + '\n', 0, 0};
  if (text.ends_with('\r')) text.remove_suffix(1);
  if (text.size() > line_bytes_max) return line;
  std::size_t at = 0;
  auto run = [&](auto belongs) {
    std::size_t begin = at;
    while (at < text.size() && belongs(text[at])) ++at;
    return text.substr(begin, at - begin);
  };
  std::int64_t status = 0;
  std::int64_t bytes = 0;
  // w: word, t: time, q: what is in quotes, s: status, b: bytes; all else stands for itself.
  for (char part : std::string_view("w w w [t] \"q\" s b \"q\" \"q\"")) {
    switch (part) {
      case 'w':
        run([](char byte) { return byte != ' '; });
        break;
      case 't':
        run([](char byte) { return byte != ']'; });
        break;
      case 'q':
        while (at < text.size() && text[at] != '"') at += text[at] == '\\' ? 2 : 1;
        break;
      case 's':
        status = whole_number(run([](char byte) { return byte >= '0' && byte <= '9'; }));
        break;
      case 'b': {
        auto number = run([](char byte) { return byte != ' '; });
        bytes = number == "-" ? 0 : whole_number(number);
        break;
      }
      default:
        if (at >= text.size() || text[at] != part) return line;
        ++at;
    }
  }
  if (at != text.size() || status < 100 || status > 599 || bytes < 0) return line;
  line.status = static_cast<int>(status);
  line.bytes = bytes;
  return line;
}

/// The lines of a file.
class ReplayedTraffic final : public Traffic {
 public:
  explicit ReplayedTraffic(const Options& options)
      : path_(options.log),
        lines_per_tick_(static_cast<double>(options.pace) / site::ticks_per_second),
        tick_count_(options.seconds * site::ticks_per_second),
        file_(options.log, std::ios::binary) {
    bool opened = file_.is_open();
    file_.peek();
    if (!opened || file_.bad()) {
      throw std::runtime_error("can't read the log: " + path_ + " (" + std::strerror(errno) + ")");
    }
  }

  bool next(Time, std::vector<Line>& lines) override {
    if (tick_count_ > 0 && tick_++ == tick_count_) return false;
    std::string text;
    for (due_ += lines_per_tick_; due_ >= 1; due_ -= 1) {
      if (!std::getline(file_, text)) break;
      lines.push_back(read_line(text));
    }
    if (file_.bad()) throw std::runtime_error("can't read on in the log: " + path_);
    return !lines.empty() || !file_.eof();
  }

 private:
  const std::string path_;
  const double lines_per_tick_;
  const std::int64_t tick_count_;
  std::ifstream file_;
  std::int64_t tick_ = 0;
  double due_ = 0;
};

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(what + " (" + std::strerror(errno) + ")");
}

/// A descriptor that is closed at the end.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
};

Descriptor listen_on(std::int64_t port) {
  Descriptor server(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  int on = 1;
  ::setsockopt(server.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(server.fd(), generic, size) != 0 || ::listen(server.fd(), 1) != 0 ||
      ::getsockname(server.fd(), generic, &size) != 0) {
    fail("can't listen on port " + std::to_string(port) +
         "; give another with --port, or 0 for any");
  }
  std::printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  return server;
}

/// The one reader; -1 when interrupted before it came.
Descriptor accept_reader(const Descriptor& server) {
  pollfd waiting{server.fd(), POLLIN, 0};
  // In turns, since a signal may come just before the wait.
  while (!interrupted && ::poll(&waiting, 1, 100) <= 0) {
  }
  return Descriptor(interrupted ? -1 : ::accept4(server.fd(), nullptr, nullptr, SOCK_CLOEXEC));
}

void send_all(const Descriptor& reader, std::string_view bytes, const Totals& sent) {
  while (!bytes.empty()) {
    ssize_t put = ::send(reader.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) fail("the reader went away after " + std::to_string(sent.lines) + " lines");
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
}

Totals play(Traffic& traffic, const Descriptor& reader) {
  auto& clock = SystemClock::instance();
  Totals totals;
  std::vector<Line> lines;
  std::string text;
  for (Time due = clock.now(); !interrupted && traffic.next(clock.now(), lines);
       due = due + site::tick) {
    clock.wait_until(due, {});
    text.clear();
    for (const Line& line : lines) text += line.text;
    send_all(reader, text, totals);
    for (const Line& line : lines) totals.add(line.status, line.bytes);
    lines.clear();
  }
  return totals;
}

void print(const Totals& totals) {
  const auto& classes = totals.classes;
  std::printf("totals lines=%ld 1xx=%ld 2xx=%ld 3xx=%ld 4xx=%ld 5xx=%ld bytes=%ld malformed=%ld\n",
              totals.lines, classes[1], classes[2], classes[3], classes[4], classes[5],
              totals.bytes, classes[0]);
}

Options parse_options(const std::vector<std::string>& arguments) {
  Options options;
  struct Number {
    std::int64_t* value;
    std::int64_t min, max;
  };
  const std::map<std::string, Number> numbers{{"--port", {&options.port, 0, 65'535}},
                                              {"--seed", {&options.seed, 0, 1'000'000'000}},
                                              {"--seconds", {&options.seconds, 1, 86'400}},
                                              {"--pace", {&options.pace, 1, 10'000'000}}};
  for (std::size_t i = 0; i < arguments.size(); i += 2) {
    const std::string& name = arguments[i];
    auto number = numbers.find(name);
    if ((number == numbers.end() && name != "--log") || i + 1 == arguments.size()) {
      throw std::invalid_argument(
          "don't know what to do with " + name +
          "; usage: traffic [--port N] [--seed N] [--seconds N] [--pace LINES] [--log FILE]");
    }
    const std::string& text = arguments[i + 1];
    if (number == numbers.end()) {
      options.log = text;
      continue;
    }
    auto [value, min, max] = number->second;
    *value = whole_number(text);
    if (*value < min || *value > max) {
      throw std::invalid_argument(name + " must be a number from " + std::to_string(min) + " to " +
                                  std::to_string(max) + ": got " + text);
    }
  }
  if (options.log.empty() && options.seconds == 0) options.seconds = 30;
  return options;
}

/// At SIGINT and SIGTERM the site closes, and still says what it sent.
void handle_signals() {
  struct sigaction action {};
  action.sa_handler = [](int) { interrupted = 1; };
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

}  // namespace

int main(int count, char** arguments) try {
  Options options = parse_options({arguments + 1, arguments + count});
  std::unique_ptr<Traffic> traffic;
  if (options.log.empty()) {
    traffic = std::make_unique<site::MadeUpTraffic>(options.seed, options.pace, options.seconds);
  } else {
    traffic = std::make_unique<ReplayedTraffic>(options);
  }
  handle_signals();
  Descriptor reader = accept_reader(listen_on(options.port));
  print(reader.fd() < 0 ? Totals() : play(*traffic, reader));
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "traffic: %s\n", error.what());
  return 1;
}
