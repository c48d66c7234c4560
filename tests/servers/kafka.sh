#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# A real Kafka broker for tests: one node that is its own controller, on loopback.
#
#     tests/servers/kafka.sh start FOLDER     prints "127.0.0.1:PORT" when it is ready
#     tests/servers/kafka.sh stop FOLDER
#     tests/servers/kafka.sh kill FOLDER      ends it at once, as a crash does
#     tests/servers/kafka.sh tool FOLDER CLASS ARGUMENT...    runs one of Kafka's own tools
#
# A folder that was used before has the same port and topics again. Ends with 77 where there is no
# Java, or its jars can't be had. KAFKA_PROPERTIES: more properties of the broker, one a line.
# KAFKA_JAVA: options of the virtual machine; by default those that start it soon.
# KAFKA_PROXY_PORT: there is a proxy at this port; FOLDER/ports has, third, the port behind it.
# KAFKA_SECURED=1: FOLDER/ports has, fourth, a port that wants TLS and a password: PLAIN or
# SCRAM-SHA-256, users "app" (may do all) and "guest" (nothing), password $secured_password; the
# authority that signs is FOLDER/ca.pem. Who comes by the first port may do all.
source "$(dirname "${BASH_SOURCE[0]}")/processes.sh"

readonly command="${1:?usage: kafka.sh start|stop|kill|tool FOLDER}"
mkdir -p "${2:?usage: kafka.sh $command FOLDER}"
home="$(cd "$2" && pwd)"
readonly home
readonly kafka=4.3.1 log4j=2.25.4
readonly secured_password=correct-horse

# What the authority signs, and what the broker shows: once a folder.
write_certificates() {
  [ -e "$home/broker.pem" ] && return 0
  need openssl "Debian package openssl"
  local days=30 quiet="$home/openssl.log"
  openssl req -x509 -newkey rsa:2048 -nodes -days $days -subj "/CN=test authority" \
    -keyout "$home/ca.key" -out "$home/ca.pem" > "$quiet" 2>&1
  openssl req -newkey rsa:2048 -nodes -subj "/CN=localhost" \
    -keyout "$home/broker.key" -out "$home/broker.csr" > "$quiet" 2>&1
  openssl x509 -req -in "$home/broker.csr" -CA "$home/ca.pem" -CAkey "$home/ca.key" \
    -CAcreateserial -days $days -out "$home/broker.crt" \
    -extfile <(echo "subjectAltName=DNS:localhost,IP:127.0.0.1") > "$quiet" 2>&1
  cat "$home/broker.key" "$home/broker.crt" > "$home/broker.pem"
}

# The properties of listeners that only some tests want.
further_properties() {
  local module=org.apache.kafka.common.security users="user_app=\"$secured_password\""
  users+=" user_guest=\"$secured_password\";"
  if [ -n "${KAFKA_SECURED:-}" ]; then
    cat << PROPERTIES
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS;User:app
ssl.keystore.type=PEM
ssl.keystore.location=$home/broker.pem
listener.name.secured.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256
listener.name.secured.plain.sasl.jaas.config=$module.plain.PlainLoginModule required $users
listener.name.secured.scram-sha-256.sasl.jaas.config=$module.scram.ScramLoginModule required;
PROPERTIES
  fi
  printf '%s\n' "${KAFKA_PROPERTIES:-}"
}

write_configuration() {
  local listeners="CLIENTS://127.0.0.1:$port" advertised="CLIENTS://127.0.0.1:$port"
  local protocols="CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT"
  if [ -n "${KAFKA_PROXY_PORT:-}" ]; then
    listeners+=",PROXIED://127.0.0.1:$proxied_port"
    advertised+=",PROXIED://127.0.0.1:$KAFKA_PROXY_PORT"
    protocols+=",PROXIED:PLAINTEXT"
  fi
  if [ -n "${KAFKA_SECURED:-}" ]; then
    write_certificates
    listeners+=",SECURED://127.0.0.1:$secured_port"
    advertised+=",SECURED://localhost:$secured_port"
    protocols+=",SECURED:SASL_SSL"
  fi
  cat > "$home/server.properties" << PROPERTIES
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller_port
listeners=$listeners,CONTROLLER://127.0.0.1:$controller_port
advertised.listeners=$advertised
inter.broker.listener.name=CLIENTS
controller.listener.names=CONTROLLER
listener.security.protocol.map=$protocols
log.dirs=$home/data
auto.create.topics.enable=false
delete.topic.enable=true
offsets.topic.replication.factor=1
offsets.topic.num.partitions=2
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=2
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
log.retention.check.interval.ms=1000
file.delete.delay.ms=1000
$(further_properties)
PROPERTIES
  cat > "$home/log4j2.properties" << 'LOG'
rootLogger.level=WARN
rootLogger.appenderRef.console.ref=console
appender.console.type=Console
appender.console.name=console
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=%d %p %c: %m%n
LOG
}

prepare() {
  need java "Debian package default-jre-headless"
  jars="$(maven_jars kafka org.apache.kafka:kafka_2.13:$kafka \
    org.apache.kafka:kafka-tools:$kafka org.apache.logging.log4j:log4j-slf4j-impl:$log4j)"
}

start() {
  prepare
  [ -s "$home/ports" ] || free_ports 4 > "$home/ports"
  read -r port controller_port proxied_port secured_port < "$home/ports"
  write_configuration
  local java=(java -Xms256m -Xmx768m -XX:+UseSerialGC ${KAFKA_JAVA:--XX:TieredStopAtLevel=1}
    -Djava.net.preferIPv4Stack=true "-Dlog4j2.configurationFile=$home/log4j2.properties"
    -cp "$jars/*")
  if [ ! -e "$home/data/meta.properties" ]; then
    local user users=()
    for user in app guest; do
      users+=(--add-scram "SCRAM-SHA-256=[name=$user,password=$secured_password]")
    done
    "${java[@]}" kafka.tools.StorageTool format --cluster-id AAAAAAAAQACAAAAAAAAAAQ \
      --config "$home/server.properties" "${users[@]}" > "$home/format.log" 2>&1 ||
      fail "cannot format: $(tail -n 3 "$home/format.log")"
  fi
  start_process "$home" broker "${java[@]}" kafka.Kafka "$home/server.properties"
  wait_for_port "$home" broker "$port"
  echo "127.0.0.1:$port"
}

case "$command" in
  start) start ;;
  stop) stop_process "$home" broker ;;
  kill) stop_process "$home" broker KILL ;;
  tool)
    prepare
    # Silent: a consumer that has read all there is calls that an error.
    sed 's/^rootLogger.level=.*/rootLogger.level=OFF/' "$home/log4j2.properties" \
      > "$home/off.properties"
    exec java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
      "-Dlog4j2.configurationFile=$home/off.properties" -cp "$jars/*" "${@:3}"
    ;;
  *) fail "unknown command: $command" ;;
esac
