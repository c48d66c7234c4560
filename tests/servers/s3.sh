#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# A server that speaks S3, for tests: moto, on loopback. It keeps everything in memory.
#
#     tests/servers/s3.sh start FOLDER      prints "http://127.0.0.1:PORT" when it is ready
#     tests/servers/s3.sh stop FOLDER
#
# It takes any credentials. Ends with 77 where moto can't be had.
source "$(dirname "${BASH_SOURCE[0]}")/processes.sh"

readonly command="${1:?usage: s3.sh start|stop FOLDER}"
mkdir -p "${2:?usage: s3.sh $command FOLDER}"
home="$(cd "$2" && pwd)"
readonly home

case "$command" in
  start)
    python="$(python_with s3 'moto[server,s3]==5.2.5')"
    [ -s "$home/ports" ] || free_ports 1 > "$home/ports"
    read -r port < "$home/ports"
    start_process "$home" moto env AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any \
      "$python" -m moto.server -H 127.0.0.1 -p "$port"
    wait_for_port "$home" moto "$port"
    echo "http://127.0.0.1:$port"
    ;;
  stop) stop_process "$home" moto ;;
  *) fail "unknown command: $command" ;;
esac
