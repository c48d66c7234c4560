// SPDX-License-Identifier: Apache-2.0
//
// The programs that torture.py kills. Each writes what every batch held (raw) and what it made of
// it; the answers are judged outside.
//
//   torture_job files DIRECTORY     lines of files -> sliding window and running state -> files
//   torture_job receiver DIRECTORY PORT  lines of a server that wants them acknowledged -> the same
//   torture_job kafka DIRECTORY BROKER   records of a topic -> the same -> topics, by transactions
//
// A line is "number key value"; others are malformed.

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "thalweg/common/text.h"
#include <thalweg/thalweg.h>

using namespace thalweg;
using namespace std::chrono_literals;

namespace {

using Number = std::pair<std::string, std::int64_t>;

Number parse(std::string_view line) {
  std::size_t key = line.find(' ');
  std::size_t value = key == line.npos ? line.npos : line.find(' ', key + 1);
  if (value == line.npos) throw BadRecord("a line has three words");
  std::int64_t number = 0;
  std::string_view text = line.substr(value + 1);
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw BadRecord("the third word is a number");
  }
  return Number(std::string(line.substr(key + 1, value - key - 1)), number);
}

/// Asks a server for lines, stores them, and acknowledges the last line of what is stored.
class AcknowledgingReceiver final : public Receiver<std::string> {
 public:
  explicit AcknowledgingReceiver(int port) : port_(port) {}

  void on_start() override {
    int connection = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port_));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    timeval patience{0, 50'000};
    ::setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (::connect(connection, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
      read_all(connection);
    }
    ::close(connection);
    if (!is_stopped()) restart("the server is gone");
  }

 private:
  void read_all(int connection) {
    std::string waiting;
    char bytes[4096];
    while (!is_stopped()) {
      ssize_t got = ::recv(connection, bytes, sizeof bytes, 0);
      if (got == 0) return;
      if (got < 0) continue;  // Nothing within the patience.
      waiting.append(bytes, static_cast<std::size_t>(got));
      std::vector<std::string> lines;
      std::size_t begin = 0;
      for (std::size_t end; (end = waiting.find('\n', begin)) != waiting.npos; begin = end + 1) {
        lines.push_back(waiting.substr(begin, end - begin));
      }
      waiting.erase(0, begin);
      if (lines.empty()) continue;
      std::string last = lines.back().substr(0, lines.back().find(' ')) + "\n";
      if (!store(std::move(lines))) return;
      if (::send(connection, last.data(), last.size(), MSG_NOSIGNAL) < 0) return;
    }
  }

  const int port_;
};

template <typename T>
void analyse(const DStream<T>& lines, const std::string& out) {
  lines.save_as_text_files(out + "/raw");
  auto numbers = lines.parse([](const T& line) { return parse(line); });
  numbers.reduce_by_key_and_window(std::plus<>(), std::minus<>(), 500ms, 100ms)
      .name("window")
      .save_as_text_files(out + "/window");
  numbers
      .template update_state_by_key<std::pair<std::int64_t, std::int64_t>>(
          [](const std::vector<std::int64_t>& values,
             std::optional<std::pair<std::int64_t, std::int64_t>> state) {
            auto [count, sum] = state.value_or(std::pair<std::int64_t, std::int64_t>(0, 0));
            for (std::int64_t value : values) sum += value;
            return std::optional(std::pair(count + static_cast<std::int64_t>(values.size()), sum));
          })
      .name("totals")
      .save_as_text_files(out + "/state");
}

/// Puts the time of the batch before what `text` makes of each row, and writes that to a topic.
template <typename T, typename F>
void write_to_topic(const DStream<T>& stream, const std::string& broker, const std::string& topic,
                    F text) {
  stream
      .transform([text](const RDD<T>& rdd, Time time) {
        std::string batch = std::to_string(time.millis()) + " ";
        return rdd.map([text, batch](const T& row) { return batch + text(row); });
      })
      .write_to("kafka", {{"kafka.bootstrap.servers", broker}, {"topic", topic}});
}

void analyse_topic(const StreamingContext& context, const std::string& broker,
                   const std::string& out) {
  OptionTexts options{{"kafka.bootstrap.servers", broker},
                      {"subscribe", "in"},
                      {"startingOffsets", "earliest"},
                      {"partitionDiscoveryMs", "200"},
                      {"kafka.group.id", "torture"}};
  auto lines = kafka::direct_stream(context, options).map([](const kafka::Record& record) {
    return std::string(record.value.value_or(""));
  });
  write_to_topic(lines, broker, "raw", [](const std::string& line) { return line; });
  auto numbers = lines.parse([](const std::string& line) { return parse(line); });
  auto window = numbers.reduce_by_key_and_window(std::plus<>(), std::minus<>(), 2500ms, 500ms);
  window.name("window");
  write_to_topic(window, broker, "window", [](const Number& row) { return to_text(row); });
  auto totals = numbers.update_state_by_key<std::pair<std::int64_t, std::int64_t>>(
      [](const std::vector<std::int64_t>& values,
         std::optional<std::pair<std::int64_t, std::int64_t>> state) {
        auto [count, sum] = state.value_or(std::pair<std::int64_t, std::int64_t>(0, 0));
        for (std::int64_t value : values) sum += value;
        return std::optional(std::pair(count + static_cast<std::int64_t>(values.size()), sum));
      });
  totals.name("totals");
  write_to_topic(totals, broker, "state", [](const auto& row) { return to_text(row); });
  // Says how far the program is, to who waits for it.
  window.count().save_as_text_files(out + "/window");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: torture_job files|receiver|kafka DIRECTORY [PORT|BROKER]\n");
    return 2;
  }
  std::string job = argv[1];
  std::string directory = argv[2];
  try {
    Session session("local[2]", "torture " + job);
    const Duration batch = job == "kafka" ? 250ms : 50ms;
    StreamingContext context(session, batch, {.block_interval = 10ms});
    context.checkpoint(directory + "/checkpoint", {.checkpoint_interval = 3 * batch});
    if (job == "files") {
      analyse(context.text_file_stream(directory + "/in"), directory + "/out");
    } else if (job == "kafka") {
      analyse_topic(context, argv[3], directory + "/out");
    } else {
      auto receiver = std::make_shared<AcknowledgingReceiver>(std::atoi(argv[3]));
      analyse(context.receiver_stream(receiver), directory + "/out");
    }
    context.start();
    context.await_termination();
  } catch (const Error& error) {
    std::fprintf(stderr, "torture_job: %s\n", error.what());
    return 1;
  }
}
