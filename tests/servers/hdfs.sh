#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# A real HDFS for tests: one NameNode and one DataNode, with WebHDFS, on loopback.
#
#     tests/servers/hdfs.sh start FOLDER      prints "RPC_PORT WEBHDFS_PORT" when it is ready
#     tests/servers/hdfs.sh stop FOLDER
#     tests/servers/hdfs.sh stop-namenode|start-namenode|stop-datanode|start-datanode FOLDER
#
# A folder that was used before has the same ports and files again. Ends with 77 where there is no
# Java, or its jars can't be had.
source "$(dirname "${BASH_SOURCE[0]}")/processes.sh"

readonly command="${1:?usage: hdfs.sh start|stop FOLDER}"
mkdir -p "${2:?usage: hdfs.sh $command FOLDER}"
home="$(cd "$2" && pwd)"
readonly home
readonly hadoop=3.5.0

property() { printf '<property><name>%s</name><value>%s</value></property>\n' "$1" "$2"; }

write_configuration() {
  local conf="$home/conf"
  # The servers look for these folders of web pages; empty ones will do.
  mkdir -p "$conf"/webapps/{hdfs,datanode,static}
  {
    echo '<configuration>'
    property fs.defaultFS "hdfs://127.0.0.1:$rpc"
    property hadoop.tmp.dir "$home/tmp"
    echo '</configuration>'
  } > "$conf/core-site.xml"
  {
    echo '<configuration>'
    property dfs.replication 1
    property dfs.namenode.name.dir "file://$home/name"
    property dfs.datanode.data.dir "file://$home/data"
    property dfs.namenode.rpc-address "127.0.0.1:$rpc"
    property dfs.namenode.http-address "127.0.0.1:$web"
    property dfs.datanode.address "127.0.0.1:$transfer"
    property dfs.datanode.http.address "127.0.0.1:$datanode_web"
    property dfs.datanode.ipc.address "127.0.0.1:$datanode_rpc"
    property dfs.datanode.hostname 127.0.0.1
    property dfs.namenode.datanode.registration.ip-hostname-check false
    property dfs.namenode.safemode.extension 0
    property dfs.heartbeat.interval 1
    property dfs.namenode.heartbeat.recheck-interval 1000
    property dfs.datanode.du.reserved 0
    echo '</configuration>'
  } > "$conf/hdfs-site.xml"
  cat > "$conf/log4j.properties" << 'LOG'
log4j.rootLogger=WARN,console
log4j.appender.console=org.apache.log4j.ConsoleAppender
log4j.appender.console.layout=org.apache.log4j.PatternLayout
log4j.appender.console.layout.ConversionPattern=%d %p %c: %m%n
LOG
}

prepare() {
  need java "Debian package default-jre-headless"
  local jars
  jars="$(maven_jars hdfs org.apache.hadoop:hadoop-common:$hadoop \
    org.apache.hadoop:hadoop-hdfs:$hadoop org.apache.hadoop:hadoop-hdfs-client:$hadoop)"
  java=(java -Xms64m -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1
    -Djava.net.preferIPv4Stack=true -cp "$home/conf:$jars/*")
  export HADOOP_USER_NAME="${HDFS_USER:-thalweg}"
  [ -s "$home/ports" ] || free_ports 5 > "$home/ports"
  read -r rpc web transfer datanode_web datanode_rpc < "$home/ports"
  write_configuration
}

readonly server=org.apache.hadoop.hdfs.server
start_namenode() {
  if [ ! -e "$home/name/current/VERSION" ]; then
    "${java[@]}" $server.namenode.NameNode -format -force -nonInteractive \
      > "$home/format.log" 2>&1 || fail "cannot format: $(tail -n 3 "$home/format.log")"
  fi
  start_process "$home" namenode "${java[@]}" $server.namenode.NameNode
  wait_for_port "$home" namenode "$web"
}
start_datanode() {
  start_process "$home" datanode "${java[@]}" $server.datanode.DataNode
  wait_for_port "$home" datanode "$datanode_web"
}

# Ready: out of safe mode, with a DataNode that lives.
wait_until_ready() {
  local i state question="Hadoop:service=NameNode,name=FSNamesystemState"
  for ((i = 0; i < 1800; i++)); do
    state="$(curl -s "http://127.0.0.1:$web/jmx?qry=$question")"
    if [[ $state == *'"FSState" : "Operational"'* && $state == *'"NumLiveDataNodes" : 1'* ]]; then
      return 0
    fi
    sleep 0.1
  done
  fail "not ready after 180 s: $state"
}

case "$command" in
  start)
    need curl "Debian package curl"
    prepare
    start_namenode
    start_datanode
    wait_until_ready
    echo "$rpc $web"
    ;;
  start-namenode) prepare && start_namenode ;;
  start-datanode) prepare && start_datanode && wait_until_ready ;;
  stop-namenode) stop_process "$home" namenode ;;
  stop-datanode) stop_process "$home" datanode KILL ;;
  stop)
    stop_process "$home" datanode
    stop_process "$home" namenode
    ;;
  *) fail "unknown command: $command" ;;
esac
