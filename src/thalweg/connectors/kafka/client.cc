// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "thalweg/common/log.h"
#include "thalweg/connectors/kafka/client_internal.h"

namespace thalweg::kafka {
namespace {

constexpr int syslog_error = 3;
/// The first whose SCRAM brokers of Kafka 4 take: github.com/confluentinc/librdkafka/pull/4895.
constexpr int version_with_scram = 0x020601ff;
constexpr std::size_t reason_bytes_max = 512;

struct DestroyConf {
  void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
};
using Conf = std::unique_ptr<rd_kafka_conf_t, DestroyConf>;

Result<Conf> to_conf(const Settings& settings, const std::string& who) {
  Conf conf(rd_kafka_conf_new());
  char reason[reason_bytes_max];
  for (const auto& [name, value] : settings) {
    auto set =
        rd_kafka_conf_set(conf.get(), name.c_str(), value.reveal().c_str(), reason, sizeof reason);
    if (set == RD_KAFKA_CONF_OK) continue;
    // Only of an unknown setting: the reason for a value repeats the value.
    return Status(ErrorCode::invalid_argument,
                  who + ": setting \"kafka." + name + "\" is " +
                      (set == RD_KAFKA_CONF_UNKNOWN ? "not one of librdkafka"
                                                    : "refused by librdkafka: its value") +
                      (set == RD_KAFKA_CONF_UNKNOWN ? "" : " does not fit") +
                      "; the names and values are those of librdkafka's CONFIGURATION.md, which "
                      "differ from Java's in places");
  }
  return conf;
}

/// Whether a broker knows who asks, and that they must not.
bool is_refusal(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
         error == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED ||
         error == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED ||
         error == RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
}

/// What the caller can do about a failure.
ErrorCode code_of(rd_kafka_resp_err_t error) {
  if (is_refusal(error)) return ErrorCode::invalid_argument;
  switch (error) {
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR__INVALID_ARG:
    case RD_KAFKA_RESP_ERR__SSL:
    case RD_KAFKA_RESP_ERR__FENCED:
    case RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH:
    case RD_KAFKA_RESP_ERR_PRODUCER_FENCED:
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
      return ErrorCode::invalid_argument;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
      return ErrorCode::not_found;
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
      return ErrorCode::data_loss;
    case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE:
      return ErrorCode::unsupported;
    default:
      return ErrorCode::unavailable;
  }
}

}  // namespace

Status check_settings(const Settings& settings, const std::string& who) {
  return to_conf(settings, who).status();
}

Result<std::unique_ptr<Client>> Client::make(rd_kafka_type_t type, const Settings& settings,
                                             std::string who) {
  THALWEG_TRY_ASSIGN(Conf conf, to_conf(settings, who));
  std::unique_ptr<Client> client(new Client(std::move(who)));
  if (auto brokers = settings.find("bootstrap.servers"); brokers != settings.end()) {
    client->brokers_ = brokers->second.reveal();
  }
  rd_kafka_conf_set_opaque(conf.get(), client.get());
  rd_kafka_conf_set_log_cb(conf.get(), &Client::take_log);
  // In a transaction, its commit tells.
  if (type == RD_KAFKA_PRODUCER && !settings.contains("transactional.id")) {
    rd_kafka_conf_set_dr_msg_cb(conf.get(), &Client::take_delivery);
  }
  char reason[reason_bytes_max];
  client->handle_ = rd_kafka_new(type, conf.get(), reason, sizeof reason);
  if (client->handle_ == nullptr) {
    return Status(ErrorCode::invalid_argument,
                  client->who_ + ": librdkafka refuses the settings: " + reason +
                      "; change the options that begin with \"kafka.\"");
  }
  (void)conf.release();
  return client;
}

Client::~Client() {
  if (handle_ != nullptr) rd_kafka_destroy(handle_);
}

std::string Client::last_error() const {
  std::lock_guard lock(mutex_);
  return last_error_;
}

std::string Client::take_delivery_failure() {
  std::lock_guard lock(mutex_);
  return std::exchange(delivery_failure_, {});
}

void Client::take_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* client) {
  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) return;
  auto* self = static_cast<Client*>(client);
  std::lock_guard lock(self->mutex_);
  self->delivery_failure_ =
      std::string(rd_kafka_topic_name(message->rkt)) + ": " + rd_kafka_err2str(message->err);
}

void Client::take_log(const rd_kafka_t* handle, int level, const char* facility, const char* text) {
  auto* client = static_cast<Client*>(rd_kafka_opaque(handle));
  std::string line = std::string(facility) + ": " + text;
  if (line.starts_with("FAIL: ") || line.starts_with("REQTMOUT: ")) ++client->connection_losses_;
  // Told to the user with the call that fails by it, once.
  log(LogLevel::debug, client->who_ + ": librdkafka: " + line);
  // That all brokers are down says less than why each of them is.
  if (level > syslog_error || line.find("brokers are down") != line.npos) return;
  // "[thrd:localhost:9092/bootstrap]: localhost:9092/bootstrap: Connect to ... failed: ..."
  if (auto thread_end = line.find("]: "); thread_end != line.npos) {
    line.erase(0, thread_end + 3);
  }
  std::lock_guard lock(client->mutex_);
  client->last_error_ = std::move(line);
}

Status Client::failure(const std::string& what, rd_kafka_resp_err_t error) const {
  return failure(what, error, rd_kafka_err2str(error));
}

Status Client::failure(const std::string& what, rd_kafka_error_t* error) const {
  Status status = failure(what, rd_kafka_error_code(error), rd_kafka_error_string(error));
  rd_kafka_error_destroy(error);
  return status;
}

Status Client::failure(const std::string& what, rd_kafka_resp_err_t error,
                       const char* reason) const {
  ErrorCode code = code_of(error);
  std::string message = who_ + ": " + what + ": " + reason;
  if (is_refusal(error)) {
    while (message.ends_with('.')) message.pop_back();
    message +=
        "; an administrator of the cluster has to allow it to this user (kafka.sasl.username)";
  }
  std::string last = last_error();
  // A broker that speaks another protocol than we do just hangs up, as one that is down.
  bool is_about_security = error == RD_KAFKA_RESP_ERR__AUTHENTICATION ||
                           error == RD_KAFKA_RESP_ERR__SSL || last.find("SSL") != last.npos ||
                           last.find("SASL") != last.npos;
  if (code == ErrorCode::unavailable || is_about_security) {
    message += " (" + (last.empty() ? "brokers: " + brokers_ : last) + ")";
    if (last.find("SCRAM") != last.npos && rd_kafka_version() < version_with_scram) {
      message += std::string("; brokers of Kafka 4 refuse the SCRAM of this librdkafka, ") +
                 rd_kafka_version_str() +
                 ", whatever the password is: use 2.6.1, or PLAIN over TLS";
    }
    if (code == ErrorCode::unavailable) {
      message += "; see that a broker answers at " + brokers_ + " and at the address it advertises";
    }
    if (is_about_security) message += "; see kafka.security.protocol, kafka.sasl.* and kafka.ssl.*";
  }
  return {code, std::move(message)};
}

}  // namespace thalweg::kafka
