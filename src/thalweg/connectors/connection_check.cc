// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/connection_check.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

#include "thalweg/columnar/batch_text.h"
#include "thalweg/common/text.h"
#include "thalweg/connectors/registry.h"

namespace thalweg {
namespace {

constexpr int connect_ms_max = 5000;
constexpr Duration sample_wait_max = std::chrono::seconds(10);
constexpr Duration poll_wait = std::chrono::milliseconds(200);
constexpr std::size_t sample_rows_max = 1;
constexpr std::size_t sample_bytes_max = 1 << 20;
constexpr std::size_t sampled_partitions_max = 64;
constexpr const char* own_transactional_id = "thalweg-connect-test";

using Outcome = CheckStep::Outcome;
using Steps = std::vector<CheckStep>;

/// A server as options name it.
struct Server {
  std::string host;
  std::string port;
  [[nodiscard]] std::string text() const { return host + ":" + port; }
};

struct FreeAddresses {
  void operator()(addrinfo* addresses) const { freeaddrinfo(addresses); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

bool says(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return text.find(word) != text.npos; });
}

/// What was given for an option, by its name or alias.
std::string given(const OptionTexts& options, std::initializer_list<std::string_view> names) {
  for (std::string_view name : names) {
    if (auto entry = options.find(name); entry != options.end()) return entry->second;
  }
  return {};
}

/// The servers that options name: a list of HOST:PORT, or a host and a port.
std::vector<Server> servers_in(const OptionTexts& options) {
  std::vector<Server> servers;
  if (auto host = given(options, {"host"}); !host.empty()) {
    servers.push_back({host, given(options, {"port"})});
  }
  std::string list = given(options, {"kafka.bootstrap.servers", "bootstrap.servers"});
  while (!list.empty()) {
    std::string one = list.substr(0, list.find(','));
    list.erase(0, one.size() + 1);
    // "SSL://host:9092", "[::1]:9092".
    if (auto scheme = one.find("://"); scheme != one.npos) one.erase(0, scheme + 3);
    std::size_t colon = one.rfind(':');
    std::string host = one.substr(0, colon);
    std::string port = colon == one.npos ? "9092" : one.substr(colon + 1);
    host.erase(std::remove_if(host.begin(), host.end(),
                              [](char c) { return c == '[' || c == ']' || c == ' '; }),
               host.end());
    if (!host.empty()) servers.push_back({std::move(host), std::move(port)});
  }
  return servers;
}

Result<Addresses> resolve(const Server& server) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  int error = getaddrinfo(server.host.c_str(), server.port.c_str(), &hints, &found);
  if (error == 0) return Addresses(found);
  return Status(ErrorCode::unavailable,
                "host not found: " + server.text() + " (" + gai_strerror(error) +
                    "); check the name, and that this machine's name service knows it");
}

/// 0, or why none of the addresses takes a connection.
int connect_error(const addrinfo* addresses) {
  int error = EHOSTUNREACH;
  for (; addresses != nullptr; addresses = addresses->ai_next) {
    int fd = ::socket(addresses->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
      error = errno;
      continue;
    }
    error = ::connect(fd, addresses->ai_addr, addresses->ai_addrlen) == 0 ? 0 : errno;
    if (error == EINPROGRESS) {
      pollfd waited{fd, POLLOUT, 0};
      socklen_t size = sizeof error;
      error = ETIMEDOUT;
      if (::poll(&waited, 1, connect_ms_max) > 0) {
        ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
      }
    }
    ::close(fd);
    if (error == 0) return 0;
  }
  return error;
}

/// Walks from step to step; what failed ends the walk.
class Check {
 public:
  Check(std::string_view name, OptionTexts options, bool write, const ConnectorContext& context)
      : name_(name), options_(std::move(options)), write_(write), context_(context) {}

  Steps run() && {
    if (check_options() && reach_servers() && ask()) sample();
    return std::move(steps_);
  }

 private:
  void note(std::string step, Outcome outcome, std::string text) {
    steps_.push_back({std::move(step), outcome, std::move(text)});
  }
  bool fail(std::string step, const Status& status) {
    note(std::move(step), Outcome::failed, std::string(status.message()));
    return false;
  }

  bool check_options() {
    auto connector = find_connector(name_);
    if (!connector.ok()) return fail("options", connector.status());
    for (const OptionSpec& spec : connector.value()->options) {
      // Something that is there already is to be read; it need not come first.
      bool chosen = options_.contains(spec.name) || options_.contains(spec.alias);
      if (spec.name == "startingOffsets" && !chosen && !write_) {
        options_.emplace(spec.name, "earliest");
      }
      if (spec.name == "transactionalId" && !chosen && write_) {
        options_.emplace(spec.name, own_transactional_id);
      }
    }
    auto checked = Options::check(name_, connector.value()->options, options_);
    if (!checked.ok()) return fail("options", checked.status());
    Status made;
    if (write_) {
      auto sink = make_sink(name_, options_, context_);
      made = sink.status();
      if (sink.ok()) sink_ = std::move(sink).value();
    } else {
      auto source = make_source(name_, options_, context_);
      made = source.status();
      if (source.ok()) source_ = std::move(source).value();
    }
    if (!made.ok()) return fail("options", made);
    note("options", Outcome::passed, checked.value().given_to_string());
    return true;
  }

  bool reach_servers() {
    std::vector<Server> servers = servers_in(options_);
    if (servers.empty()) {
      note("resolve", Outcome::skipped, "no option names a host");
      note("connect", Outcome::skipped, "no option names a host");
      return true;
    }
    std::string resolved;
    std::string connected;
    std::string unreached;
    for (const Server& server : servers) {
      auto addresses = resolve(server);
      if (!addresses.ok()) return fail("resolve", addresses.status());
      resolved += (resolved.empty() ? "" : ", ") + server.host;
      if (int error = connect_error(addresses.value().get()); error == 0) {
        connected += (connected.empty() ? "" : ", ") + server.text();
      } else {
        unreached += (unreached.empty() ? "" : "; ") + server.text() + " (" +
                     std::generic_category().message(error) + ")";
      }
    }
    note("resolve", Outcome::passed, resolved);
    // One server that answers is enough; it knows the others.
    if (connected.empty()) {
      note("connect", Outcome::failed,
           "no connection: " + unreached +
               "; see that a server listens there, and that no firewall is in between");
      return false;
    }
    note("connect", Outcome::passed,
         connected + (unreached.empty() ? "" : "; not reached: " + unreached));
    return true;
  }

  /// The first question tells how far TLS, a login and permissions go: its answer says at which of
  /// them it stopped.
  bool ask() {
    Status answered;
    if (write_) {
      auto writer = sink_->open(0, 1);
      answered = writer.ok() ? writer.value()->committed().status() : writer.status();
    } else {
      auto found = source_->discover("");
      answered = found.status();
      if (found.ok()) found_ = std::move(found).value();
    }
    std::string protocol =
        lower(given(options_, {"kafka.security.protocol", "properties.security.protocol"}));
    std::string_view message = answered.ok() ? std::string_view() : answered.message();
    bool refused = says(message, {"authorization failed", "ACCESS_DENIED", "403"});
    bool at_login = !refused && says(message, {"SASL", "uthentication"});
    bool at_tls = !refused && !at_login && says(message, {"SSL", "certificate"});
    bool elsewhere = !answered.ok() && !refused && !at_login && !at_tls;
    if (at_tls) return fail("tls", answered);
    if (!elsewhere) note_layer("tls", protocol.find("ssl") != protocol.npos);
    if (at_login) return fail("authentication", answered);
    if (!elsewhere) note_layer("authentication", protocol.find("sasl") != protocol.npos);
    if (refused) return fail("permission", answered);
    if (elsewhere) return fail("answer", answered);
    note("permission", Outcome::passed, write_ ? "may ask which batch was the last" : "may look");
    return true;
  }

  void note_layer(std::string step, bool used) {
    note(std::move(step), used ? Outcome::passed : Outcome::skipped,
         used ? "agreed on" : "the options ask for none");
  }

  static std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
  }

  /// The option that says what is to be read: "path=/data/in".
  [[nodiscard]] std::string asked_for() const {
    for (std::string_view name : {"path", "subscribe", "subscribePattern", "assign", "topic"}) {
      std::string value = given(options_, {name});
      if (!value.empty()) return std::string(name) + "=" + value;
    }
    return name_;
  }

  void sample() {
    if (write_) {
      note("sample", Outcome::skipped, "nothing is written by a test");
      return;
    }
    if (found_.partitions.empty()) {
      note("sample", Outcome::failed,
           "there is nothing to read: no such topic, table or directory yet: " + asked_for() +
               "; check its name");
      return;
    }
    Time give_up_at = context_.clock.monotonic() + sample_wait_max;
    std::size_t count = std::min(found_.partitions.size(), sampled_partitions_max);
    for (std::size_t i = 0; i < count; ++i) {
      std::string record;
      Status read = read_one(found_.partitions[i], give_up_at, record);
      if (!read.ok()) {
        fail(says(read.message(), {"authorization failed"}) ? "permission" : "sample", read);
        return;
      }
      if (record.empty()) continue;
      note("sample", Outcome::passed, record);
      return;
    }
    note("sample", Outcome::skipped,
         "no record is there yet (looked into " + std::to_string(count) + " of " +
             std::to_string(found_.partitions.size()) + " partitions)");
  }

  /// The first record of a partition as text; empty where there is none.
  Status read_one(const Partition& partition, Time give_up_at, std::string& record) {
    THALWEG_TRY_ASSIGN(auto reader, open_for_one(partition));
    while (reader != nullptr && !reader->finished() && context_.clock.monotonic() < give_up_at) {
      THALWEG_TRY_ASSIGN(Polled polled, reader->poll(sample_rows_max, poll_wait));
      if (!polled.rejected.empty()) {
        record = "a record that can't be read: " + polled.rejected.front().reason;
        return {};
      }
      if (polled.batch.empty()) continue;
      std::string text;
      THALWEG_TRY(append_rows_as_text(polled.batch, sample_rows_max, text));
      record = partition.text + (partition.text.empty() ? "" : ": ") +
               excerpt(text.substr(0, text.find_last_not_of('\n') + 1));
      return {};
    }
    return {};
  }

  /// Null where a source that can tell says that there is nothing.
  Result<std::unique_ptr<PartitionReader>> open_for_one(const Partition& partition) {
    if (!source_->replayable()) return source_->open(partition, {});
    THALWEG_TRY_ASSIGN(Position end,
                       source_->plan(partition, {}, sample_rows_max, sample_bytes_max));
    auto rows = source_->rows_between(partition, {}, end);
    if (rows.ok() && rows.value() == 0) return std::unique_ptr<PartitionReader>();
    THALWEG_TRY_ASSIGN(auto reader, source_->open(partition, {}));
    THALWEG_TRY(reader->stop_at(end));
    return reader;
  }

  const std::string name_;
  OptionTexts options_;
  const bool write_;
  const ConnectorContext& context_;
  std::unique_ptr<Source> source_;
  std::unique_ptr<Sink> sink_;
  Discovered found_;
  Steps steps_;
};

}  // namespace

std::string_view to_string(CheckStep::Outcome outcome) {
  switch (outcome) {
    case Outcome::passed:
      return "passed";
    case Outcome::failed:
      return "failed";
    case Outcome::skipped:
      return "skipped";
  }
  return "unknown";
}

std::vector<CheckStep> check_connection(std::string_view name, const OptionTexts& options,
                                        bool write, const ConnectorContext& context) {
  return Check(name, options, write, context).run();
}

}  // namespace thalweg
